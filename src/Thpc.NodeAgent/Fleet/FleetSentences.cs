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
    private const int MaxListColumns = 100;
    private const int MaxHostName = 253;

    /// <summary>Lists nodes in Slurm's notation.</summary>
    public static string List(IEnumerable<NodeRun> nodes) =>
        HostList.Fold(nodes.Select(node => TerminalText.Shorten(node.Name, MaxHostName)));

    /// <summary>Lists the first nodes in Slurm's notation: as many as fit in 100 columns, but at least one.</summary>
    /// <returns>The list, and the number of nodes that are left out.</returns>
    public static (string Text, int More) Some(IReadOnlyList<NodeRun> nodes)
    {
        if (List(nodes) is var whole && TerminalText.Columns(whole) <= MaxListColumns)
        {
            return (whole, 0);
        }

        var (fits, tooMany) = (1, nodes.Count);
        while (tooMany - fits > 1)
        {
            var middle = (fits + tooMany) / 2;
            (fits, tooMany) = TerminalText.Columns(List(nodes.Take(middle))) <= MaxListColumns ? (middle, tooMany) : (fits, middle);
        }

        return (List(nodes.Take(fits)), nodes.Count - fits);
    }

    /// <summary>The host name, and in parentheses the instance and the addresses, as far as they are known.</summary>
    public static string Whole(NodeRun run)
    {
        string[] others = [.. run.Name == run.Node ? [] : (string[])[run.Node], .. run.Report.Addresses ?? []];
        return Node(run.Name) + (others.Length == 0 ? "" : $" ({string.Join(", ", others.Take(4).Select(Node))})");
    }

    /// <summary>The names of the files, which are different where host names are not.</summary>
    public static string Ids(NodeGroup group) => string.Join(", ", group.Nodes.Take(5).Select(run => Node(run.Node)))
        + (group.Nodes.Count > 5 ? $" and {Count(group.Nodes.Count - 5)} more" : "");

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
    public static string Why(SlowNode slow) => slow.Run.Report.Boot?.Slowest is { } link
        ? $"{WhyRun(slow)}; slowest link from power-on: {TerminalText.Shorten(link.Label, 60)} "
            + Duration(NodeRun.ClampDuration(link.DurationMs))
        : WhyRun(slow);

    private static string WhyRun(SlowNode slow)
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
