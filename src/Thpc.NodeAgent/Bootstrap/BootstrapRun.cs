using Microsoft.Extensions.Logging;
using Thpc.NodeAgent.BootChain;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Fleet;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Stages;

namespace Thpc.NodeAgent.Bootstrap;

/// <summary>One bootstrap, from the lock to the last report.</summary>
/// <param name="load">Loads the configuration; throws CONFIG_INVALID.</param>
/// <param name="readText">Returns the configuration's text; null if there is none.</param>
/// <param name="isMistypedOption">Whether the error is in an option of the command, not in the configuration.</param>
/// <param name="showRunning">Receives the running steps whenever one starts or ends.</param>
internal sealed class BootstrapRun(
    NodeRoot root,
    Func<LoadedConfig> load,
    Func<string?> readText,
    Func<Error, bool> isMistypedOption,
    IReadOnlyDictionary<string, string> environment,
    ForcedWork forced,
    Language language,
    ILogger log,
    Action<IReadOnlyList<RunningStep>> showRunning)
{
    private MachineIdentity? _machine;

    /// <exception cref="AgentException">
    /// BUSY: another run holds the lock. CONFIG_INVALID: an option is mistyped, and the last run's report stays the last.
    /// </exception>
    public async Task<Report> RunAsync(CancellationToken cancel)
    {
        using var runLock = RunLock.Acquire(root, "bootstrap", TimeProvider.System.GetUtcNow());
        var report = await RunLockedAsync(cancel);

        // Also after a failed run: the controllers need only /opt.
        var (started, problem) = await SlurmGate.StartHeldBackAsync(root, CancellationToken.None);
        if (started.Count > 0)
        {
            Log.Information(log, $"started units that waited for this run: {string.Join(", ", started)}");
        }

        if (problem is not null)
        {
            Log.LogOnlyWarning(log, $"starting the units that waited for this run failed: {problem}");
        }

        return report;
    }

    private async Task<Report> RunLockedAsync(CancellationToken cancel)
    {
        var start = TimeProvider.System.GetTimestamp();
        var previous = StateFiles.ReadReport(root) is { } text ? ReportJson.Read(text) : null;
        var report = NodeDescription.Describe(
            new Report
            {
                AgentVersion = AgentVersion.Text,
                RunId = Guid.CreateVersion7().ToString(),
                ClusterId = "",
                NodeRole = "",
                StartedAt = TimeProvider.System.GetUtcNow(),
                UptimeMs = BootInspection.MonotonicUs / 1000,
                BootId = CurrentBoot.Id(root),
            },
            root);
        LoadedConfig loaded;
        try
        {
            loaded = load();
        }
        catch (AgentException e) when (previous is null || !isMistypedOption(e.Error))
        {
            KeepReport(previous);
            return await RefuseAsync(report, ErrorReport.From(e.Error));
        }

        KeepReport(previous);
        var config = loaded.Config;
        List<string> warnings = [.. loaded.Warnings, .. KilledRun(previous), .. StateFiles.ReadGuardNotes(root)];
        warnings.ForEach(warning => Log.Warning(log, warning));
        report = report with
        {
            ClusterId = config.Cluster.Id,
            NodeRole = config.Cluster.RoleName,
            Mounts = NodeDescription.Mounts(config),
            Warnings = warnings,
        };

        var publisher = new ReportPublisher(root, new MetricsPublisher(config.MetricsTextfile, root, config), log);
        using var pipeline = Pipeline.ForBootstrap(config, root, environment, forced, cancel);
        publisher.Publish(report);

        // The mount stage dials again what did not answer.
        _ = pipeline.Mount.WarmUpAsync(cancel).ContinueWith(
            task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        report = await IdentifyAsync(report, pipeline.InstanceAsync(), cancel);
        using var boot = new BootReading(root);
        var runner = new StageRunner(
            TimeProvider.System, log, language,
            current =>
            {
                boot.Start();
                publisher.Publish(current);
            },
            ShowRunning, start);
        report = await runner.RunAsync(report, pipeline.All, cancel);
        report = await OpenGateAsync(report with { Packages = pipeline.Packages.Versions }, config, cancel);

        // Again: the network may have come up, and cloud-init set the host name, during the run.
        report = NodeDescription.Describe(report, root);
        if (report.Outcome == RunOutcome.Succeeded && _machine?.Metadata is null)
        {
            report = await IdentifyAsync(report, pipeline.InspectInstanceAsync(), cancel);
        }

        report = publisher.Publish(await boot.CompleteAsync(report));
        if (publisher.HasSaved)
        {
            StateFiles.DeleteGuardNotes(root);
        }

        // Last, for its directory may be on a dead server: until then the node's own report is complete.
        if (await FleetReportPublisher.PublishAsync(report, config, root, log) is { } problem)
        {
            report = report with { Warnings = [.. report.Warnings, problem] };
            publisher.Save(report);
        }

        return report;
    }

    private async Task<Report> IdentifyAsync(Report report, Task<MachineIdentity> inspection, CancellationToken cancel)
    {
        try
        {
            _machine = await inspection;
            _machine.Keep(root);
            return report with { InstanceId = _machine.Id };
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // At the start, the first stage is interrupted too, and the report shows that.
            return report;
        }
    }

    // Boots at which there is nothing to do must not push out the report of a failure.
    private void KeepReport(Report? previous)
    {
        if (previous is { HasNothingDone: false })
        {
            StateFiles.KeepReport(root);
        }
    }

    private void ShowRunning(IReadOnlyList<RunningStep> steps)
    {
        StateFiles.WriteRunningSteps(root, [.. steps.Select(step => step.Line)]);
        showRunning(steps);
    }

    /// <summary>Ends a run whose configuration is invalid. The report must show later why this node did not start.</summary>
    private async Task<Report> RefuseAsync(Report report, ErrorReport error)
    {
        // In one line an excerpt of the file and its caret mean nothing.
        var problems = error.Text.Lines(Language.English).Where(line => !line.StartsWith(' '));
        Log.RunFailed(log, error.Code, string.Join("; ", problems), error.Advice.In(language));
        report = report with { Outcome = RunOutcome.Failed, FinishedAt = report.StartedAt, Error = error };
        report = MetricsPublisher.ForInvalidConfig(readText(), root).Write(report);
        await SlurmGate.UpdateOptAsync(null, root, CancellationToken.None);
        StateFiles.WriteReport(root, ReportJson.Write(report), last: true);
        return report;
    }

    private static IEnumerable<string> KilledRun(Report? previous)
    {
        if (previous?.Outcome == RunOutcome.Running)
        {
            var place = previous.CurrentStage is { } stage ? $"in stage {stage}" : "before its first stage";
            yield return $"the run {previous.RunId} of {previous.StartedAt:yyyy-MM-dd HH:mm:ss}Z was killed {place}, "
                + "or could not write its last report";
        }
    }

    /// <summary>Writes the ready files that Slurm's daemons wait for. If that fails after a successful run, the run has failed.</summary>
    private async Task<Report> OpenGateAsync(Report report, NodeConfig config, CancellationToken cancel)
    {
        try
        {
            // Also after a failed or interrupted run: the controllers need only /opt.
            await SlurmGate.UpdateOptAsync(config, root, CancellationToken.None);
            if (report.Outcome == RunOutcome.Succeeded)
            {
                List<string> warnings = [];
                await ClusterServices.StartAsync(config, root, note => Log.Information(log, note), warnings.Add, cancel);
                warnings.ForEach(warning => Log.Warning(log, warning));
                report = report with { Warnings = [.. report.Warnings, .. warnings] };
                StateFiles.WriteReady(root);
            }

            return report;
        }
        catch (Exception e) when (e is AgentException or IOException or UnauthorizedAccessException or OperationCanceledException)
        {
            var error = ErrorReport.From(Error.From(e, cancel.IsCancellationRequested));
            Log.RunFailed(log, error.Code, error.Message, error.Advice.In(language));
            var outcome = e is OperationCanceledException ? RunOutcome.Interrupted : RunOutcome.Failed;
            return report with { Outcome = outcome, Error = report.Error ?? error };
        }
    }
}
