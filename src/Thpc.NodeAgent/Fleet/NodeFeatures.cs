using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.Fleet;

/// <summary>The time of a stage, a step or the whole run.</summary>
/// <param name="Stage">The stage of a step, by which its time is part of the stage's; null for a stage and the run.</param>
/// <param name="Notes">The step's notes, such as retries.</param>
internal sealed record FeatureTime(long Ms, string? Stage, IReadOnlyList<NoteReport> Notes);

/// <summary>The features of a report by which nodes are compared. What a report does not have is absent.</summary>
internal sealed class NodeFeatures
{
    public const string WholeRun = "whole run";

    /// <summary>The beginning of the feature that a warning is.</summary>
    public const string Warning = "warning ";

    /// <summary>The beginning of the feature that a link of the boot is.</summary>
    public const string Boot = "boot ";

    private static readonly string[] LinksBeforeStages =
    [
        BootLinkNames.Firmware, BootLinkNames.Loader, BootLinkNames.Kernel, BootLinkNames.Initrd, BootLinkNames.Systemd,
        BootLinkNames.Units, BootLinkNames.Network, BootLinkNames.CloudInit, BootLinkNames.Wait,
    ];

    /// <summary>The value of a package or storage that this node does not have and others have.</summary>
    public const string None = "none";

    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FeatureTime> _times = new(StringComparer.Ordinal);
    private readonly Report _report;

    private NodeFeatures(Report report)
    {
        _report = report;
        Add("outcome", Outcome(SummaryText.Word(report.Outcome), report.FirstError));
        Add("kernel", report.Kernel);
        Add("system", report.Os);
        Add("agent", report.AgentVersion);
        foreach (var package in report.Packages ?? [])
        {
            var blank = package.IndexOf(' ', StringComparison.Ordinal);
            Add($"package {package[..Math.Max(0, blank)]}", package[(blank + 1)..]);
        }

        foreach (var mount in report.Mounts ?? [])
        {
            Add($"storage {mount.LocalPath}", mount.Options is null ? mount.Source : $"{mount.Source} with {mount.Options}");
        }

        foreach (var warning in report.Warnings)
        {
            Add(Warning + WarningText.Key(warning), "yes");
        }

        foreach (var stage in report.Stages)
        {
            Add(stage);
        }

        // The stages are features already.
        foreach (var link in report.Boot?.Links ?? [])
        {
            if (Array.IndexOf(LinksBeforeStages, link.Name) >= 0)
            {
                _times.TryAdd(Boot + link.Name, new FeatureTime(NodeRun.ClampDuration(report.Boot!.Total(link.Name)), null, []));
            }
        }

        if (report.Outcome == RunOutcome.Succeeded)
        {
            _times.TryAdd(WholeRun, new FeatureTime(NodeRun.ClampDuration(report.DurationMs), null, []));
        }
    }

    public IReadOnlyDictionary<string, string> Values => _values;

    public IReadOnlyDictionary<string, FeatureTime> Times => _times;

    public static NodeFeatures From(Report report) => new(report);

    /// <returns>The value; null if the report does not tell.</returns>
    public string? Value(string feature) => _values.GetValueOrDefault(feature) ?? feature.Split(' ')[0] switch
    {
        "package" when _report.Packages is not null => None,
        "storage" when _report.Mounts is not null => None,
        "warning" => "no",
        _ => null,
    };

    private void Add(StageReport stage)
    {
        if (stage.Outcome is Reporting.Outcome.Succeeded or Reporting.Outcome.Skipped)
        {
            Add($"stage {stage.Name}", stage.Outcome == Reporting.Outcome.Succeeded ? "ran" : "skipped");
        }

        if (stage.Outcome == Reporting.Outcome.Succeeded)
        {
            _times.TryAdd($"stage {stage.Name}", new FeatureTime(NodeRun.ClampDuration(stage.DurationMs), null, []));
        }

        foreach (var step in stage.Steps.Where(step => step.Outcome is Reporting.Outcome.Succeeded or Reporting.Outcome.Failed))
        {
            // "mount /data" is the same step on all nodes, even where its source differs.
            var name = step is { Subject: { } subject, Kind: not StepKind.Other } ? $"{Verb(step.Kind)} {subject}" : step.Summary;
            if (step.Sha256 is { } sha256)
            {
                Add($"script {FleetSummary.ScriptOf(step)}", sha256);
            }

            if (step.MayFail)
            {
                Add($"step {name}", Outcome(step.Outcome == Reporting.Outcome.Failed ? "failed" : "succeeded", step.Error));
            }

            if (step.Outcome == Reporting.Outcome.Succeeded)
            {
                _times.TryAdd($"step {name}", new FeatureTime(NodeRun.ClampDuration(step.DurationMs), stage.Name, step.Notes));
            }
        }
    }

    private void Add(string feature, string? value)
    {
        if (value is not null)
        {
            _values.TryAdd(feature, value);
        }
    }

    private static string Outcome(string word, ErrorReport? error) => error is null ? word : $"{word} with {error.Code}";

    private static string Verb(StepKind kind) => kind switch
    {
        StepKind.Check => "check",
        StepKind.Install => "install",
        StepKind.Fetch => "fetch",
        StepKind.Run => "run",
        _ => "mount",
    };
}
