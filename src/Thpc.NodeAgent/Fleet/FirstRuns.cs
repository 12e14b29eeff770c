using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.Fleet;

/// <summary>The first runs of compute nodes: how long a new node takes, and how often it fails.</summary>
/// <param name="ReadyMs">Milliseconds from the start of the agent to its success, the shortest first.</param>
/// <param name="Failed">Runs that failed or were interrupted.</param>
/// <param name="LeftOut">Other reports: of other roles, of later boots, by hand, or not ended.</param>
/// <param name="Clusters">Number of clusters that the runs are of.</param>
internal sealed record FirstRuns(IReadOnlyList<long> ReadyMs, int Failed, int LeftOut, int Clusters)
{
    private const string Compute = "COMPUTE";

    /// <summary>Runs that show how a new node fares.</summary>
    public int Count => ReadyMs.Count + Failed;

    public static FirstRuns From(IReadOnlyList<NodeRun> runs)
    {
        List<long> ready = [];
        HashSet<string> clusters = new(StringComparer.Ordinal);
        var failed = 0;
        foreach (var run in runs.Where(run => run.HasEnded && IsFirst(run.Report)))
        {
            clusters.Add(run.Report.ClusterId);
            if (run.Report.Outcome == RunOutcome.Succeeded)
            {
                ready.Add(run.DurationMs);
            }
            else
            {
                failed++;
            }
        }

        ready.Sort();
        return new FirstRuns(ready, failed, runs.Count - ready.Count - failed, clusters.Count);
    }

    // A report does not number the boots. At a later boot fstab has mounted everything, so the stage has no step.
    private static bool IsFirst(Report report) =>
        string.Equals(report.NodeRole, Compute, StringComparison.OrdinalIgnoreCase)
        && report.RunId != Report.ByHand
        && !report.HasNothingDone
        && !(report is { Outcome: RunOutcome.Succeeded, Mounts.Count: > 0 } && !HasMounted(report));

    private static bool HasMounted(Report report) => report.Stages.Any(stage => stage is { Name: "mount", Steps.Count: > 0 });
}
