using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.Fleet;

/// <summary>The last run of a node.</summary>
/// <param name="Node">The name of the report's file, without its end.</param>
internal sealed record NodeRun(string Node, Report Report)
{
    // No run is longer; a number that a report should not have must not overflow.
    private const long LongestMs = 1L << 40;

    public long DurationMs => ClampDuration(Report.DurationMs);

    /// <summary>Whether it came to an end, whatever that was.</summary>
    public bool HasEnded => Report.Outcome != RunOutcome.Running;

    /// <summary>The stages that had something to do, with the time they took.</summary>
    public IEnumerable<(string Name, long Ms)> Ran =>
        Report.Stages.DistinctBy(stage => stage.Name).Where(HasRun).Select(stage => (stage.Name, ClampDuration(stage.DurationMs)));

    /// <summary>The stage in which most of the time went; null where none ran.</summary>
    public StageReport? SlowestStage => Report.Stages.Where(HasRun).MaxBy(stage => ClampDuration(stage.DurationMs));

    public static long ClampDuration(long milliseconds) => Math.Clamp(milliseconds, 0, LongestMs);

    private static bool HasRun(StageReport stage) => stage.Outcome is Outcome.Succeeded or Outcome.Failed;
}
