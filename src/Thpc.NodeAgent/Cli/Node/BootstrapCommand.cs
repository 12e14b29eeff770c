using System.CommandLine;
using Microsoft.Extensions.Logging;
using Thpc.NodeAgent.Bootstrap;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Fleet;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Stages;
using Thpc.NodeAgent.Stages.Script;

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
    private static readonly Option<int?> ScriptTimeout = new("--script-timeout")
    {
        Description = "override the limit of every script, 10 to 1200",
        HelpName = "SECONDS",
    };
    private static readonly Option<bool> Force = new("--force")
    {
        Description = "run scripts again that succeeded on this instance; mount over /opt even if programs run from it",
    };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "print the plan, change nothing" };
    private static readonly Option<bool> Json = new("--json") { Description = "print the report as JSON" };

    public static Command Create()
    {
        var command = new Command("bootstrap", AgentCommand.Describe(
            "Make this machine a node of its cluster.",
            "Installs packages, runs init scripts, mounts storage and writes the report. Does only what is missing, "
                + "so it can run at every boot.",
            "thpc-node-agent bootstrap --node-role COMPUTE --dry-run"))
        {
            ClusterId, NodeRole, SchedulerType, AccountType, InitScript, ScriptTimeout, Force, DryRun, Json,
        };
        command.OnRun((parse, cancel) =>
            RunAsync(
                GlobalOptions.From(parse), Overrides(parse), parse.GetValue(Force), parse.GetValue(DryRun), parse.GetValue(Json), cancel));
        return command;
    }

    private static ConfigOverrides Overrides(ParseResult parse) => new()
    {
        ClusterId = parse.GetValue(ClusterId),
        NodeRole = parse.GetValue(NodeRole),
        SchedulerType = parse.GetValue(SchedulerType),
        AccountType = parse.GetValue(AccountType),
        InitScripts = parse.GetValue(InitScript) ?? [],
        ScriptTimeout = parse.GetValue(ScriptTimeout),
    };

    private static async Task<int> RunAsync(
        GlobalOptions globals, ConfigOverrides overrides, bool force, bool dryRun, bool json, CancellationToken cancel)
    {
        if (dryRun)
        {
            var plan = globals.LoadConfig(overrides);
            using var pipeline = new Pipeline(
                plan.Config, globals.Root, GlobalOptions.Environment, force ? ScriptWork.RunAll : ScriptWork.RunMissing, cancel, force);
            return await DryRunOutput.PrintAsync(pipeline.All, plan.Warnings, cancel);
        }

        GlobalOptions.RequireRoot("bootstrap");
        var report = await LockAndRunAsync(globals, overrides, force, cancel);
        await Console.Out.WriteAsync(json
            ? System.Text.Encoding.UTF8.GetString(ReportJson.Write(report))
            : SummaryText.Write(report, "/var/lib/thpc-node-agent/report.json", globals.Language));
        return report.Outcome == RunOutcome.Interrupted ? ExitCode.Interrupted : ExitCode.FromErrorCode(report.FirstError?.Code);
    }

    private static async Task<Report> LockAndRunAsync(
        GlobalOptions globals, ConfigOverrides overrides, bool force, CancellationToken cancel)
    {
        using var runLock = RunLock.Acquire(globals.Root, "bootstrap", TimeProvider.System.GetUtcNow());
        var previous = StateFiles.ReadReport(globals.Root) is { } text ? ReportJson.Read(text) : null;
        using var loggers = Logging.Create(globals);
        var log = loggers.CreateLogger("thpc-node-agent");
        var report = await RunLockedAsync(globals, overrides, force, previous, log, cancel);

        // Also after a failed run: the controllers need only /opt.
        var (started, problem) = await SlurmGate.StartHeldBackAsync(globals.Root, CancellationToken.None);
        if (started.Count > 0)
        {
            Log.Information(log, $"started units that waited for this run: {string.Join(", ", started)}");
        }

        if (problem is not null)
        {
            Log.Warning(log, $"starting the units that waited for this run failed: {problem}");
        }

        return report;
    }

    private static async Task<Report> RunLockedAsync(
        GlobalOptions globals, ConfigOverrides overrides, bool force, Report? previous, ILogger log, CancellationToken cancel)
    {
        var report = new Report
        {
            AgentVersion = AgentVersion.Text,
            RunId = Guid.CreateVersion7().ToString(),
            HostName = MachineIdentity.HostName(globals.Root),
            ClusterId = "",
            NodeRole = "",
            StartedAt = TimeProvider.System.GetUtcNow(),
        };
        LoadedConfig loaded;
        try
        {
            loaded = globals.LoadConfig(overrides);
        }
        catch (AgentException e)
        {
            // The report must show later why this node did not start.
            var error = StageRunner.Describe(e);
            Log.RunFailed(log, error.Code, error.Message, error.Advice.In(globals.Language));
            report = report with { Outcome = RunOutcome.Failed, FinishedAt = report.StartedAt, Error = error };
            report = MetricsPublisher.ForInvalidConfig(globals.ConfigText, globals.Root).Write(report);
            await SlurmGate.UpdateOptAsync(null, globals.Root, CancellationToken.None);
            StateFiles.WriteReport(globals.Root, ReportJson.Write(report), last: true);
            return report;
        }

        var metrics = new MetricsPublisher(loaded.Config.MetricsTextfile, globals.Root, loaded.Config);
        var latest = report;
        void Publish(Report current)
        {
            latest = current.Outcome == RunOutcome.Running ? metrics.Write(current) : metrics.WriteLast(current, log);
            Save();
        }

        var saved = false;
        void Save()
        {
            try
            {
                StateFiles.WriteReport(globals.Root, ReportJson.Write(latest), last: latest.Outcome != RunOutcome.Running);
                saved = true;
            }
            catch (Exception e) when (e is AgentException or IOException or UnauthorizedAccessException)
            {
                // The run itself does not need the report.
                Log.Warning(log, $"the report cannot be written: {e.Message}");
            }
        }

        List<string> warnings = [.. loaded.Warnings];
        if (previous?.Outcome == RunOutcome.Running)
        {
            var place = previous.CurrentStage is { } stage ? $"in stage {stage}" : "before its first stage";
            warnings.Add(
                $"the run {previous.RunId} of {previous.StartedAt:yyyy-MM-dd HH:mm:ss}Z was killed {place}, "
                + "or could not write its last report");
        }

        warnings.AddRange(StateFiles.ReadGuardNotes(globals.Root));
        warnings.ForEach(warning => Log.Warning(log, warning));
        using var pipeline = new Pipeline(
            loaded.Config, globals.Root, GlobalOptions.Environment, force ? ScriptWork.RunAll : ScriptWork.RunMissing, cancel, force);
        var cluster = loaded.Config.Cluster;
        report = report with { ClusterId = cluster.Id, NodeRole = cluster.RoleName, Warnings = warnings };
        Publish(report);
        try
        {
            report = report with { InstanceId = (await pipeline.InstanceAsync()).Id };
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The first stage is interrupted too, and the report shows that.
        }

        var done = await new StageRunner(TimeProvider.System, log, globals.Language, Publish).RunAsync(report, pipeline.All, cancel);
        Publish(await OpenGateAsync(done, loaded.Config, globals, log, cancel));
        if (saved)
        {
            StateFiles.DeleteGuardNotes(globals.Root);
        }

        if (await FleetReportPublisher.PublishAsync(latest, loaded.Config, globals.Root, log) is { } problem)
        {
            latest = latest with { Warnings = [.. latest.Warnings, problem] };
            Save();
        }

        return latest;
    }

    /// <summary>Writes the ready files that Slurm's daemons wait for. If that fails after a successful run, the run has failed.</summary>
    private static async Task<Report> OpenGateAsync(
        Report report, NodeConfig config, GlobalOptions globals, ILogger log, CancellationToken cancel)
    {
        try
        {
            // Also after a failed or interrupted run: the controllers need only /opt.
            await SlurmGate.UpdateOptAsync(config, globals.Root, CancellationToken.None);
            if (report.Outcome == RunOutcome.Succeeded)
            {
                List<string> warnings = [];
                await ClusterServices.StartAsync(config, globals.Root, note => Log.Information(log, note), warnings.Add, cancel);
                warnings.ForEach(warning => Log.Warning(log, warning));
                report = report with { Warnings = [.. report.Warnings, .. warnings] };
                StateFiles.WriteReady(globals.Root);
            }

            return report;
        }
        catch (Exception e) when (e is AgentException or IOException or UnauthorizedAccessException or OperationCanceledException)
        {
            var error = StageRunner.Describe(e, cancel.IsCancellationRequested);
            Log.RunFailed(log, error.Code, error.Message, error.Advice.In(globals.Language));
            var outcome = e is OperationCanceledException ? RunOutcome.Interrupted : RunOutcome.Failed;
            return report with { Outcome = outcome, Error = report.Error ?? error };
        }
    }
}
