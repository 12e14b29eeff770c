using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Stages;

namespace Thpc.NodeAgent.Cli;

/// <summary>Runs one stage without a bootstrap: the same steps and output, but report.json is not written.</summary>
internal static class SingleStageRun
{
    /// <param name="cluster">Null if the stage does not depend on the cluster.</param>
    /// <param name="print">Prints the result: on standard output, unless the command prints something else there.</param>
    public static async Task<int> RunAsync(
        GlobalOptions globals, IStage stage, ClusterSettings? cluster, Action<Report, Language> print, CancellationToken cancel)
    {
        var report = new Report
        {
            AgentVersion = AgentVersion.Text,
            RunId = Report.ByHand,
            HostName = MachineIdentity.HostName(globals.Root),
            ClusterId = cluster?.Id ?? "",
            NodeRole = cluster?.RoleName ?? "",
            StartedAt = TimeProvider.System.GetUtcNow(),
        };
        using (var live = LiveLine.Create())
        using (var loggers = Logging.Create(globals))
        {
            var log = loggers.CreateLogger("thpc-node-agent");
            var runner = new StageRunner(TimeProvider.System, log, globals.Language, _ => { }, steps => live?.Show(steps));
            report = await runner.RunAsync(report, [stage], cancel);
        }

        print(report, globals.Language);
        return report.ExitStatus;
    }
}
