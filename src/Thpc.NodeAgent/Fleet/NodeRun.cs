using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.Fleet;

/// <summary>The last run of a node.</summary>
/// <param name="Node">The name of the report's file without extension.</param>
internal sealed record NodeRun(string Node, Report Report)
{
    // Longer than any run; clamps invalid numbers in a report so that sums do not overflow.
    private const long MaxMs = 1L << 40;

    /// <summary>The host name, by which Slurm knows the node; where the report has none, the name of its file.</summary>
    public string Name => string.IsNullOrEmpty(Report.HostName) ? Node : Report.HostName;

    /// <summary>Whether this is the node's host name, full or up to the first dot, its instance id, or one of its addresses.</summary>
    public bool IsNamed(string name) =>
        name == Node || name == Report.InstanceId || name == Report.HostName || name == Report.HostName?.Split('.')[0]
        || Report.Addresses?.Contains(name) == true;

    public long DurationMs => ClampDuration(Report.DurationMs);

    /// <summary>Whether the run ended, with any outcome.</summary>
    public bool HasEnded => Report.Outcome != RunOutcome.Running;

    /// <summary>The stages that ran, with their durations in milliseconds.</summary>
    public IEnumerable<(string Name, long Ms)> Ran =>
        Report.Stages.DistinctBy(stage => stage.Name).Where(HasRun).Select(stage => (stage.Name, ClampDuration(stage.DurationMs)));

    /// <summary>The stage that took most time; null if none ran.</summary>
    public StageReport? SlowestStage => Report.Stages.Where(HasRun).MaxBy(stage => ClampDuration(stage.DurationMs));

    public static long ClampDuration(long milliseconds) => Math.Clamp(milliseconds, 0, MaxMs);

    private static bool HasRun(StageReport stage) => stage.Outcome is Outcome.Succeeded or Outcome.Failed;
}
