using System.Globalization;
using System.Text;

namespace Thpc.NodeAgent.Reporting.Metrics;

/// <summary>What monitoring wants to know beside the report.</summary>
/// <param name="Ready">Whether a bootstrap has succeeded in this boot.</param>
/// <param name="MountsMounted">How many of the configured file systems the mount table has, from the right source; they were not asked.</param>
internal sealed record NodeFacts(bool Ready, int MountsConfigured, int MountsMounted);

/// <summary>
/// A run in Prometheus' text format 0.0.4 (prometheus.io, "Exposition formats"), named by its conventions: base units, and a state as a
/// gauge of 0 or 1 for each that there is.
/// </summary>
internal sealed class MetricsText
{
    private readonly StringBuilder _text = new();

    private MetricsText()
    {
    }

    /// <param name="facts">Null where the configuration was refused.</param>
    public static string Write(Report report, NodeFacts? facts)
    {
        var metrics = new MetricsText();
        metrics.Family(
            "info",
            "Which agent this is, and what it makes of the node.",
            new Sample(1, "version", report.AgentVersion, "cluster_id", report.ClusterId, "node_role", report.NodeRole));
        metrics.Family(
            "running",
            "Whether a bootstrap is in progress; one that was killed leaves 1.",
            new Sample(Flag(report.Outcome == RunOutcome.Running)));
        metrics.Family(
            "last_run_outcome",
            "How the last bootstrap ended.",
            [
                .. from outcome in Enum.GetValues<RunOutcome>()
                   select new Sample(Flag(report.Outcome == outcome), "outcome", SummaryText.Word(outcome)),
            ]);
        metrics.Family("last_run_start_timestamp_seconds", "When the last bootstrap began.", new Sample(Seconds(report.StartedAt)));
        if (report.FinishedAt is { } finished)
        {
            metrics.Family("last_run_finish_timestamp_seconds", "When the last bootstrap ended.", new Sample(Seconds(finished)));
            metrics.Family("last_run_duration_seconds", "How long the last bootstrap took.", new Sample(report.DurationMs / 1000.0));
        }

        // A metric may have each set of labels once.
        var stages = report.Stages.DistinctBy(stage => stage.Name).ToList();
        metrics.Family(
            "stage_duration_seconds",
            "How long a stage of the last bootstrap took.",
            [
                .. from stage in stages
                   where stage.Outcome != Outcome.NotRun
                   select new Sample(stage.DurationMs / 1000.0, "stage", stage.Name),
            ]);
        metrics.Family(
            "stage_outcome",
            "How a stage of the last bootstrap ended.",
            [
                .. from stage in stages
                   from state in States
                   select new Sample(Flag(State(report, stage) == state), "stage", stage.Name, "outcome", state),
            ]);
        metrics.Family(
            "last_run_errors",
            "Errors of the last bootstrap, those that were allowed among them.",
            [.. Errors(report).CountBy(error => error.Code).Select(count => new Sample(count.Value, "code", count.Key))]);
        if (facts is not null)
        {
            metrics.Family("mounts_configured", "File systems that the configuration has.", new Sample(facts.MountsConfigured));
            metrics.Family(
                "mounts_mounted",
                "File systems of the configuration that were mounted when the last bootstrap ended, or so far.",
                new Sample(facts.MountsMounted));
            metrics.Family("ready", "Whether a bootstrap has succeeded in this boot.", new Sample(Flag(facts.Ready)));
        }

        return metrics._text.ToString();
    }

    /// <summary>As a label's value has it between its quotes.</summary>
    public static string Escape(string value) => value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string[] States { get; } = ["succeeded", "skipped", "failed", "not_run", "running"];

    private static string State(Report report, StageReport stage) => stage.Outcome switch
    {
        Outcome.Succeeded => "succeeded",
        Outcome.Skipped => "skipped",
        Outcome.Failed => "failed",
        _ => report.Outcome == RunOutcome.Running && stage.Name == report.CurrentStage ? "running" : "not_run",
    };

    private static IEnumerable<ErrorReport> Errors(Report report) =>
        report.Stages.SelectMany(stage => stage.Steps.Select(step => step.Error).Prepend(stage.Error)).Prepend(report.Error).OfType<ErrorReport>();

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

    /// <param name="Labels">Their names and values in turn.</param>
    private sealed record Sample(double Value, params string[] Labels);
}
