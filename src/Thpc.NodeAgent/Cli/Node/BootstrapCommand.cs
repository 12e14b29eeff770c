using System.CommandLine;
using Thpc.NodeAgent.Bootstrap;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Stages;

namespace Thpc.NodeAgent.Cli;

/// <summary>`bootstrap`: the main job.</summary>
internal static class BootstrapCommand
{
    private static readonly Option<string?> ClusterId = new("--cluster-id")
    {
        Description = "override cluster.id of the configuration",
        HelpName = "ID",
    };
    private static readonly Option<string?> NodeRole = new("--node-role")
    {
        Description = "override cluster.node_role",
        HelpName = "COMPUTE|LOGIN|MANAGER|MANAGER_BACKUP",
    };
    private static readonly Option<string?> SchedulerType = new("--scheduler-type")
    {
        Description = "override cluster.scheduler_type",
        HelpName = "TYPE",
    };
    private static readonly Option<string?> AccountType = new("--account-type")
    {
        Description = "override cluster.account_type",
        HelpName = "TYPE",
    };
    private static readonly Option<string[]> InitScript = new("--init-script")
    {
        Description = "override the list of init scripts; can be repeated",
        HelpName = "URL",
    };
    private static readonly NumberOption ScriptTimeout = new(
        "--script-timeout", "override the limit of every script", "SECONDS", ConfigKeys.ScriptTimeout.Min, ConfigKeys.ScriptTimeout.Max);
    private static readonly Option<bool> RerunScripts = new("--rerun-scripts")
    {
        Description = "run scripts again that succeeded on this instance",
    };
    private static readonly Option<bool> MountOverOpt = new("--mount-over-opt")
    {
        Description = "mount over /opt even if programs run from it",
    };
    private static readonly Option<bool> Force = new("--force") { Description = "both --rerun-scripts and --mount-over-opt" };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "print the plan, change nothing" };
    private static readonly Option<bool> Json = new("--json") { Description = "print the report, or the plan, as JSON" };

    public static Command Create()
    {
        var command = new Command("bootstrap", AgentCommand.Describe(
            "Make this machine a node of its cluster.",
            "Installs packages, runs init scripts, mounts storage and writes the report. Does only what is missing, "
                + "so it can run at every boot.",
            "thpc-node-agent bootstrap --node-role COMPUTE --dry-run"))
        {
            ClusterId, NodeRole, SchedulerType, AccountType, InitScript, ScriptTimeout, RerunScripts, MountOverOpt, Force, DryRun, Json,
        };
        command.OnRun((parse, cancel) =>
            RunAsync(
                GlobalOptions.From(parse), Overrides(parse), Forced(parse), parse.GetValue(DryRun), parse.GetValue(Json), cancel));
        return command;
    }

    private static ForcedWork Forced(ParseResult parse) => new(
        parse.GetValue(RerunScripts) || parse.GetValue(Force), parse.GetValue(MountOverOpt) || parse.GetValue(Force));

    private static ConfigOverrides Overrides(ParseResult parse) => new()
    {
        ClusterId = parse.GetValue(ClusterId),
        NodeRole = parse.GetValue(NodeRole),
        SchedulerType = parse.GetValue(SchedulerType),
        AccountType = parse.GetValue(AccountType),
        InitScripts = parse.GetValue(InitScript) ?? [],
        ScriptTimeout = ScriptTimeout.In(parse),
    };

    private static async Task<int> RunAsync(
        GlobalOptions globals, ConfigOverrides overrides, ForcedWork forced, bool dryRun, bool json, CancellationToken cancel)
    {
        if (dryRun)
        {
            var plan = globals.LoadConfig(overrides);
            using var pipeline = Pipeline.ForBootstrap(plan.Config, globals.Root, GlobalOptions.Environment, forced, cancel);
            return await DryRunOutput.PrintAsync(pipeline.All, plan.Warnings, json, cancel);
        }

        GlobalOptions.RequireRoot("bootstrap");
        using var live = LiveLine.Create();
        using var loggers = Logging.Create(globals);
        var log = loggers.CreateLogger("thpc-node-agent");
        var run = new BootstrapRun(
            globals.Root,
            () => globals.LoadConfig(overrides),
            () => globals.ConfigText,
            error => ConfigLoader.IsMistypedFlag(error) || (globals.ConfigFile is not null && globals.ConfigText is null),
            GlobalOptions.Environment,
            forced,
            globals.Language,
            log,
            steps => live?.Show(steps));
        var report = await run.RunAsync(cancel);
        if (json)
        {
            JsonOutput.Write(ReportJson.Write(report));
        }
        else
        {
            TerminalOutput.WriteSentences(
                SummaryText.Write(report, StateFiles.ReportPath(globals.Root), TimeZoneInfo.Local, globals.Language));
        }

        // Who runs it on a terminal has just read the summary. Without one, a node whose network is down can still be read on its console.
        if (report.Outcome == RunOutcome.Failed && !Terminal.IsInUse)
        {
            await SystemConsole.WriteAsync(globals.Root, ConsoleText.Lines(report, TimeZoneInfo.Local));
        }

        return report.ExitStatus;
    }
}
