using Thpc.NodeAgent.Fleet;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.Tests.Fleet;

public sealed class FirstRunsTests
{
    private static readonly MountReport Storage = new("/data", "h:/", null);

    [Fact]
    public void Only_first_runs_of_compute_nodes_count()
    {
        var succeeded = Reports.Succeeded;
        Report[] reports =
        [
            succeeded with { DurationMs = 9000 },
            succeeded with { DurationMs = 4000, Mounts = [Storage], NodeRole = "Compute" },
            Reports.Failed,
            succeeded with { Outcome = RunOutcome.Interrupted },
            Reports.Running,
            succeeded with { NodeRole = "MANAGER" },
            succeeded with { RunId = Report.ByHand },
            succeeded with { Stages = [succeeded.Stages[0]] },
            succeeded with { Mounts = [Storage], Stages = [.. succeeded.Stages.Take(2)] },
            Reports.Failed with { NodeRole = "LOGIN" },
        ];
        var runs = FirstRuns.From([.. reports.Select((report, i) => new NodeRun($"n{i}", report))]);
        Assert.Equal([4000L, 9000], runs.ReadyMs);
        Assert.Equal((2, 6, 1, 4), (runs.Failed, runs.LeftOut, runs.Clusters, runs.Count));
        Assert.Equal(
            2,
            FirstRuns.From([new NodeRun("a", succeeded), new NodeRun("b", succeeded with { ClusterId = "hpc-other000" })]).Clusters);
    }
}
