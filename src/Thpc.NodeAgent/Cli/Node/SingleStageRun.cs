using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Stages;

namespace Thpc.NodeAgent.Cli;

/// <summary>Runs one stage without a bootstrap: the same steps and output, but report.json is not written.</summary>
internal static class SingleStageRun
{
    /// <param name="cluster">Null if the stage does not depend on the cluster.</param>
    /// <param name="output">Writes the result: to standard output, unless the command prints something else there.</param>
    public static async Task<int> RunAsync(
        GlobalOptions globals, IStage stage, ClusterSettings? cluster, Action<string> output, CancellationToken cancel)
    {
        var report = new Report
        {
            AgentVersion = AgentVersion.Text,
            RunId = "by hand",
            ClusterId = cluster?.Id ?? "",
            NodeRole = cluster?.RoleName ?? "",
            StartedAt = TimeProvider.System.GetUtcNow(),
        };
        using (var loggers = Logging.Create(globals))
        {
            var log = loggers.CreateLogger("thpc-node-agent");
            report = await new StageRunner(TimeProvider.System, log, globals.Language, _ => { }).RunAsync(report, [stage], cancel);
        }

        output(StatusText.Write(report, alive: false, TimeProvider.System.GetUtcNow(), globals.Language));
        return report.ExitStatus;
    }
}
