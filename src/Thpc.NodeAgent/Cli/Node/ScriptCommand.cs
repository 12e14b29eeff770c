using System.CommandLine;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Stages;
using Thpc.NodeAgent.Stages.Script;

namespace Thpc.NodeAgent.Cli;

/// <summary>`script check` and `script run`.</summary>
internal static class ScriptCommand
{
    public static Command Create()
    {
        var check = new Command("check", AgentCommand.Describe(
            "Download and check the init scripts; run nothing.",
            "",
            "thpc-node-agent script check"));
        check.OnRun((parse, cancel) => RunAsync(GlobalOptions.From(parse), "script check", ScriptWork.Check, cancel));
        var run = new Command("run", AgentCommand.Describe(
            "Run the init scripts now, as bootstrap would.",
            "Also runs scripts that have already succeeded.",
            "thpc-node-agent script run --verbose"));
        run.OnRun((parse, cancel) => RunAsync(GlobalOptions.From(parse), "script run", ScriptWork.RunAll, cancel));
        return new Command("script", "Check or run the init scripts.") { check, run };
    }

    private static async Task<int> RunAsync(GlobalOptions globals, string command, ScriptWork work, CancellationToken cancel)
    {
        GlobalOptions.RequireRoot(command);
        var loaded = globals.LoadConfig();
        using var runLock = RunLock.Acquire(globals.Root, command, TimeProvider.System.GetUtcNow());
        using var pipeline = new Pipeline(loaded.Config, globals.Root, GlobalOptions.Environment, work, cancel);
        return await SingleStageRun.RunAsync(globals, pipeline.Script, loaded.Config.Cluster, RunOutput.Print, cancel);
    }
}
