using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Stages;

namespace Thpc.NodeAgent.Cli;

/// <summary>Runs one stage by hand, outside of a bootstrap: same steps, same picture, but the last run's report stays.</summary>
internal static class SingleStageRun
{
    /// <param name="cluster">Null for what is done to a node of whatever cluster.</param>
    /// <param name="output">Where the picture goes: standard output, unless that is for a result of another kind.</param>
    public static async Task<int> RunAsync(GlobalOptions globals, IStage stage, ClusterSettings? cluster, TextWriter output, CancellationToken cancel)
    {
        Report report;
        using (var loggers = Logging.Create(globals))
        {
            report = await new StageRunner(TimeProvider.System, loggers.CreateLogger("thpc-node-agent"), globals.Language, _ => { }).RunAsync(
                new Report { AgentVersion = AgentVersion.Text, RunId = "by hand", ClusterId = cluster?.Id ?? "", NodeRole = cluster?.RoleName ?? "", StartedAt = TimeProvider.System.GetUtcNow() },
                [stage],
                cancel);
        }

        await output.WriteAsync(StatusText.Write(report, alive: false, TimeProvider.System.GetUtcNow(), globals.Language));
        return report.Outcome == RunOutcome.Interrupted ? ExitCode.Interrupted : ExitCode.FromErrorCode(report.FirstError?.Code);
    }
}
