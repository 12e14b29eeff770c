using System.Globalization;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Reporting.Timeline;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Fleet;

/// <summary>The sentences that text and page share. What comes from reports is one line without control characters, and not longer than fits.</summary>
internal static class FleetSentences
{
    /// <summary>A few, and how many more.</summary>
    public static string Some(IReadOnlyList<string> nodes, int max) =>
        string.Join(", ", nodes.Take(max).Select(Node)) + (nodes.Count > max ? $" and {Count(nodes.Count - max)} more" : "");

    public static string Node(string node) => TerminalText.Shorten(node, 60);

    public static string Count(int count) => count.ToString("N0", CultureInfo.InvariantCulture);

    public static string Nodes(int count) => count == 1 ? "1 node" : $"{Count(count)} nodes";

    public static string Share(int count, int all) => count > 0 && count * 1000L < all ? "< 0.1 %" : string.Create(CultureInfo.InvariantCulture, $"{100.0 * count / Math.Max(1, all):0.#} %");

    public static string Duration(long milliseconds) => TimeAxis.Duration(milliseconds);

    /// <summary>Which clusters, and from when the runs are.</summary>
    public static string From(FleetSummary fleet)
    {
        var clusters = string.Join(", ", fleet.Clusters.Take(5).Select(cluster => $"{(cluster.Cluster.Length == 0 ? "no cluster" : TerminalText.Shorten(cluster.Cluster, 40))}{(fleet.Clusters.Count > 1 ? $" ({Count(cluster.Nodes)})" : "")}")) + (fleet.Clusters.Count > 5 ? $" and {Count(fleet.Clusters.Count - 5)} more" : "");
        var (first, last) = (fleet.Runs.Min(run => run.Report.StartedAt).UtcDateTime, fleet.Runs.Max(run => run.Report.StartedAt).UtcDateTime);
        return string.Create(CultureInfo.InvariantCulture, $"{Nodes(fleet.Runs.Count)} of {clusters}, started {first:yyyy-MM-dd HH:mm:ss}{(first == last ? "" : $" to {last:yyyy-MM-dd HH:mm:ss}")} UTC");
    }

    /// <summary>Where a slow node's time went.</summary>
    public static string Why(SlowNode slow)
    {
        if (slow.Stage is not { } stage)
        {
            return slow.Run.Report.Error is { } error ? $"ended before its first stage: {TerminalText.Shorten(error.Code, 40)}" : "no stage ran";
        }

        var failed = stage.FirstError is { } cause ? $", {TerminalText.Shorten(cause.Code, 40)}" : "";
        return slow.Step is not { } step
            ? $"{TerminalText.Shorten(stage.Name, 20)} {Duration(NodeRun.ClampDuration(stage.DurationMs))}{failed}"
            : $"{TerminalText.Shorten(stage.Name, 20)} {Duration(NodeRun.ClampDuration(stage.DurationMs))}: {TerminalText.Shorten(step.Summary, 70)} {Duration(NodeRun.ClampDuration(step.DurationMs))}{failed}{Noted(step)}";
    }

    /// <summary>A retry and the like: how many, and what the last one was.</summary>
    private static string Noted(StepReport step) => step.Notes.Count switch
    {
        0 => "",
        1 => $"; noted: {TerminalText.Shorten(step.Notes[0].Text, 90)}",
        var count => $"; {count} notes, the last: {TerminalText.Shorten(step.Notes[^1].Text, 90)}",
    };

    /// <summary>How much longer than half of the nodes.</summary>
    public static string Times(long milliseconds, DurationDistribution whole) =>
        whole.P50 == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{(double)milliseconds / whole.P50:0.0} × p50");
}
