using System.Globalization;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Reporting.Timeline;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Fleet;

/// <summary>
/// Sentences for both the text and the page. Text from reports is shortened to one line without control characters.
/// </summary>
internal static class FleetSentences
{
    private const int MaxClusters = 5;

    /// <summary>Lists the first nodes, and the number of the others.</summary>
    public static string Some(IReadOnlyList<string> nodes, int max) =>
        string.Join(", ", nodes.Take(max).Select(Node)) + (nodes.Count > max ? $" and {Count(nodes.Count - max)} more" : "");

    public static string Node(string node) => TerminalText.Shorten(node, 60);

    public static string Count(int count) => count.ToString("N0", CultureInfo.InvariantCulture);

    public static string Nodes(int count) => count == 1 ? "1 node" : $"{Count(count)} nodes";

    public static string Share(int count, int all) => count > 0 && count * 1000L < all
        ? "< 0.1 %"
        : string.Create(CultureInfo.InvariantCulture, $"{100.0 * count / Math.Max(1, all):0.#} %");

    public static string Duration(long milliseconds) => TimeAxis.Duration(milliseconds);

    /// <summary>Names the number of nodes, their clusters, and when their runs started.</summary>
    public static string From(FleetSummary fleet)
    {
        string Name(ClusterCount cluster) =>
            (cluster.Cluster.Length == 0 ? "no cluster" : TerminalText.Shorten(cluster.Cluster, 40))
            + (fleet.Clusters.Count > 1 ? $" ({Count(cluster.Nodes)})" : "");
        var clusters = string.Join(", ", fleet.Clusters.Take(MaxClusters).Select(Name))
            + (fleet.Clusters.Count > MaxClusters ? $" and {Count(fleet.Clusters.Count - MaxClusters)} more" : "");
        var first = fleet.Runs.Min(run => run.Report.StartedAt).UtcDateTime;
        var last = fleet.Runs.Max(run => run.Report.StartedAt).UtcDateTime;
        var until = first == last ? "" : string.Create(CultureInfo.InvariantCulture, $" to {last:yyyy-MM-dd HH:mm:ss}");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Nodes(fleet.Runs.Count)} of {clusters}, started {first:yyyy-MM-dd HH:mm:ss}{until} UTC");
    }

    /// <summary>Explains a slow node: its slowest stage and step, and the error if it failed.</summary>
    public static string Why(SlowNode slow)
    {
        if (slow.Stage is not { } stage)
        {
            return slow.Run.Report.Error is { } error
                ? $"ended before its first stage: {TerminalText.Shorten(error.Code, 40)}"
                : "no stage ran";
        }

        var failed = stage.FirstError is { } cause ? $", {TerminalText.Shorten(cause.Code, 40)}" : "";
        var stageTime = $"{TerminalText.Shorten(stage.Name, 20)} {Duration(NodeRun.ClampDuration(stage.DurationMs))}";
        if (slow.Step is not { } step)
        {
            return $"{stageTime}{failed}";
        }

        var stepTime = $"{TerminalText.Shorten(step.Summary, 70)} {Duration(NodeRun.ClampDuration(step.DurationMs))}";
        return $"{stageTime}: {stepTime}{failed}{Notes(step)}";
    }

    /// <summary>The number of notes of a step, such as retries, and the last one.</summary>
    private static string Notes(StepReport step) => step.Notes.Count switch
    {
        0 => "",
        1 => $"; note: {TerminalText.Shorten(step.Notes[0].Text, 90)}",
        var count => $"; {count} notes, last: {TerminalText.Shorten(step.Notes[^1].Text, 90)}",
    };

    /// <summary>The duration as a multiple of the median; empty if the median is 0.</summary>
    public static string Times(long milliseconds, DurationDistribution whole) =>
        whole.P50 == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{(double)milliseconds / whole.P50:0.0} × p50");
}
