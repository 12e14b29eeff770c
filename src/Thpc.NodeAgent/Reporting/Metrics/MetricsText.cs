using System.Globalization;
using System.Text;

namespace Thpc.NodeAgent.Reporting.Metrics;

/// <summary>Facts for monitoring that the report does not have.</summary>
/// <param name="Ready">Whether a bootstrap has succeeded in this boot.</param>
/// <param name="MountsMounted">
/// Number of configured file systems that the mount table has with the right source. Their servers were not contacted.
/// </param>
internal sealed record NodeFacts(bool Ready, int MountsConfigured, int MountsMounted);

/// <summary>
/// Formats a run as metrics in Prometheus' text format 0.0.4 (prometheus.io, "Exposition formats"). By its conventions, values are in
/// base units, and a state is a gauge of 0 or 1 for each possible value.
/// </summary>
internal sealed class MetricsText
{
    private readonly StringBuilder _text = new();

    private MetricsText()
    {
    }

    /// <param name="facts">Null if the configuration is invalid.</param>
    public static string Write(Report report, NodeFacts? facts)
    {
        var metrics = new MetricsText();
        metrics.Family(
            "info",
            "Version, cluster and role of the agent; always 1.",
            new Sample(1, "version", report.AgentVersion, "cluster_id", report.ClusterId, "node_role", report.NodeRole));
        metrics.Family(
            "running",
            "Whether a bootstrap is in progress; stays 1 after a bootstrap was killed.",
            new Sample(Flag(report.Outcome == RunOutcome.Running)));
        metrics.Family(
            "last_run_outcome",
            "Outcome of the last bootstrap.",
            [
                .. from outcome in Enum.GetValues<RunOutcome>()
                   select new Sample(Flag(report.Outcome == outcome), "outcome", SummaryText.Word(outcome)),
            ]);
        metrics.Family("last_run_start_timestamp_seconds", "Start of the last bootstrap.", new Sample(Seconds(report.StartedAt)));
        if (report.FinishedAt is { } finished)
        {
            metrics.Family("last_run_finish_timestamp_seconds", "End of the last bootstrap.", new Sample(Seconds(finished)));
            metrics.Family("last_run_duration_seconds", "Duration of the last bootstrap.", new Sample(report.DurationMs / 1000.0));
        }

        // A metric may have each set of labels only once.
        var stages = report.Stages.DistinctBy(stage => stage.Name).ToList();
        metrics.Family(
            "stage_duration_seconds",
            "Duration of each stage of the last bootstrap.",
            [
                .. from stage in stages
                   where stage.Outcome != Outcome.NotRun
                   select new Sample(stage.DurationMs / 1000.0, "stage", stage.Name),
            ]);
        metrics.Family(
            "stage_outcome",
            "Outcome of each stage of the last bootstrap.",
            [
                .. from stage in stages
                   from state in States
                   select new Sample(Flag(State(report, stage) == state), "stage", stage.Name, "outcome", state),
            ]);
        metrics.Family(
            "last_run_errors",
            "Errors of the last bootstrap, including errors of scripts that are allowed to fail.",
            [.. Errors(report).CountBy(error => error.Code).Select(count => new Sample(count.Value, "code", count.Key))]);
        if (facts is not null)
        {
            metrics.Family("mounts_configured", "File systems in the configuration.", new Sample(facts.MountsConfigured));
            metrics.Family(
                "mounts_mounted",
                "Configured file systems that are mounted, as of the last update of this file.",
                new Sample(facts.MountsMounted));
            metrics.Family("ready", "Whether a bootstrap has succeeded in this boot.", new Sample(Flag(facts.Ready)));
        }

        return metrics._text.ToString();
    }

    /// <summary>Escapes a label's value.</summary>
    public static string Escape(string value) => value
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\"", "\\\"", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal);

    private static string[] States { get; } = ["succeeded", "skipped", "failed", "not_run", "running"];

    private static string State(Report report, StageReport stage) => stage.Outcome switch
    {
        Outcome.Succeeded => "succeeded",
        Outcome.Skipped => "skipped",
        Outcome.Failed => "failed",
        _ => report.Outcome == RunOutcome.Running && stage.Name == report.CurrentStage ? "running" : "not_run",
    };

    private static IEnumerable<ErrorReport> Errors(Report report) =>
        report.Stages.SelectMany(stage => stage.Steps.Select(step => step.Error).Prepend(stage.Error)).Prepend(report.Error)
            .OfType<ErrorReport>();

    private static double Flag(bool value) => value ? 1 : 0;

    private static double Seconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds() / 1000.0;

    private void Family(string name, string help, params IReadOnlyList<Sample> samples)
    {
        if (samples.Count == 0)
        {
            return;
        }

        _text.Append(CultureInfo.InvariantCulture, $"# HELP thpc_node_agent_{name} {help}\n# TYPE thpc_node_agent_{name} gauge\n");
        foreach (var (value, labels) in samples)
        {
            var pairs = string.Join(',', labels.Chunk(2).Select(pair => $"{pair[0]}=\"{Escape(pair[1])}\""));
            _text.Append(CultureInfo.InvariantCulture, $"thpc_node_agent_{name}{(pairs.Length > 0 ? $"{{{pairs}}}" : "")} {value:0.###}\n");
        }
    }

    /// <param name="Labels">Names and values, alternating.</param>
    private sealed record Sample(double Value, params string[] Labels);
}
