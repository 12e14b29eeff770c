using System.CommandLine;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Stages;
using Thpc.NodeAgent.Stages.Script;

namespace Thpc.NodeAgent.Cli;

/// <summary>`script check` and `script run`.</summary>
internal static class ScriptCommand
{
    private const int MaxScripts = 1000;

    private static readonly NumberOption Only = new(
        "--only", "only this init script in the order of the configuration", "N", 1, MaxScripts);

    private static readonly Option<bool> Json = new("--json") { Description = "print the report as JSON" };

    public static Command Create()
    {
        var check = new Command("check", AgentCommand.Describe(
            "Download and check the init scripts; run nothing.",
            "",
            "thpc-node-agent script check")) { Only, Json };
        check.OnRun((parse, cancel) => RunAsync(parse, "script check", ScriptWork.Check, cancel));
        var run = new Command("run", AgentCommand.Describe(
            "Run the init scripts now, as bootstrap would.",
            "Also runs scripts that have already succeeded. Shows their output on standard error.",
            "thpc-node-agent script run --only 2")) { Only, Json };
        run.OnRun((parse, cancel) => RunAsync(parse, "script run", ScriptWork.RunAll, cancel));
        return new Command("script", "Check or run the init scripts.") { check, run };
    }

    private static async Task<int> RunAsync(ParseResult parse, string command, ScriptWork work, CancellationToken cancel)
    {
        var globals = GlobalOptions.From(parse);
        GlobalOptions.RequireRoot(command);
        var loaded = globals.LoadConfig();
        var only = Only.In(parse);
        if (only is { } number && number > loaded.Config.InitScripts.Count)
        {
            throw new AgentException(
                ErrorCode.ConfigInvalid,
                Messages.OnlyOutOfRange(number, globals.ConfigName, loaded.Config.InitScripts.Count),
                Hints.ShowConfig);
        }

        Action<Report, Language> print = parse.GetValue(Json) ? RunOutput.PrintJson : RunOutput.Print;
        using var runLock = RunLock.Acquire(globals.Root, command, TimeProvider.System.GetUtcNow());
        using var pipeline = new Pipeline(
            loaded.Config, globals.Root, GlobalOptions.Environment, work, cancel, onlyScript: only, echo: TerminalOutput.WriteError);
        return await SingleStageRun.RunAsync(globals, pipeline.Script, loaded.Config.Cluster, print, cancel);
    }
}
