using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Units;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Stages.Shared;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Script;

internal enum ScriptWork
{
    /// <summary>Run the scripts that have not succeeded on this machine yet.</summary>
    RunMissing,

    /// <summary>Run all scripts, even those that have succeeded.</summary>
    RunAll,

    /// <summary>Download and validate all scripts, run none.</summary>
    Check,
}

/// <summary>Runs the cluster's init scripts in order: each once on this machine, or once in each boot.</summary>
internal sealed class ScriptStage(
    NodeConfig config,
    NodeRoot root,
    CosClient cos,
    CosCredentials credentials,
    Func<CancellationToken, Task<MachineIdentity>> instance,
    TimeProvider time,
    ScriptWork work) : IStage
{
    public string Name => "script";

    /// <summary>The number of the only script to run, from 1; null: all.</summary>
    public int? Only { get; init; }

    /// <summary>Receives the scripts' output as it comes; null: only their logs have it.</summary>
    public Action<string>? Echo { get; init; }

    public async Task<StagePlan> PlanAsync(CancellationToken cancel)
    {
        if (config.InitScripts.Count == 0)
        {
            return StagePlan.Nothing("no init script is configured");
        }

        var here = await instance(cancel);
        var boot = CurrentBoot.Id(root);
        List<Step> steps = [];
        List<string> skipped = [];
        for (var i = 0; i < config.InitScripts.Count; i++)
        {
            var script = config.InitScripts[i];
            if (Only is { } number && number != i + 1)
            {
                continue;
            }

            if (!script.IsFor(config.Cluster.Role))
            {
                var roles = string.Join(", ", script.Roles.Select(NodeRoles.NameOf));
                skipped.Add($"{script.DisplayName} is for {roles}, and this node is {config.Cluster.RoleName}");
                continue;
            }

            var earlierSame = config.InitScripts.Take(i).Count(other => other.DisplayName == script.DisplayName);
            var path = ScriptMarker.PathOf(root, script.DisplayName, earlierSame);
            if (work == ScriptWork.RunMissing && ScriptMarker.Read(path) is { } marker
                && marker.Instance.IsSameAs(here) && marker.IsOf(script) && (!script.EveryBoot || marker.BootId == boot))
            {
                var scope = script.EveryBoot ? "in this boot" : "here";
                skipped.Add($"{script.DisplayName} succeeded {scope} at {marker.FinishedAt:yyyy-MM-dd HH:mm:ss}Z");
                continue;
            }

            steps.AddRange(Steps(script, i + 1, path, here, boot, steps));
        }

        return new StagePlan(steps, skipped.Count > 0 ? string.Join("; ", skipped) : null);
    }

    private IEnumerable<Step> Steps(
        InitScript script, int number, string markerPath, MachineIdentity here, string? boot, IReadOnlyList<Step> earlier)
    {
        var source = new ScriptSource(root, cos, credentials);
        var job = new ScriptJob(script, number, config.Cluster, config.ScriptKillGrace, root, source, config.AllowedSigners)
        {
            Echo = Echo,
        };
        var fetch = new Step(
            $"fetch {script.DisplayName}", work == ScriptWork.Check ? (note, cancel) => CheckAsync(job, note, cancel) : job.FetchAsync)
        {
            Kind = StepKind.Fetch,
            Subject = script.DisplayName,
            Needs = work == ScriptWork.Check ? [] : [.. earlier.Where(step => !step.MayFail)],
            After = [.. earlier],
            MayFail = script.MayFail,
            Sha256 = () => job.FetchedSha256,
            Details =
            [
                $"download at most {ScriptSource.MaxBytes >> 20} MiB, validate, "
                + $"store as {NodePaths.Scripts}/init-script-{number}",
            ],
        };
        yield return fetch;
        if (work == ScriptWork.Check)
        {
            yield break;
        }

        yield return new Step(
            $"run init script {number} ({Path.GetFileName(script.Location.AbsolutePath)})",
            (note, cancel) => RunAsync(job, script, markerPath, here, boot, note, cancel))
        {
            Kind = StepKind.Run,
            Subject = script.DisplayName,
            Limit = script.Timeout,
            LogPath = job.LogPath,
            Latest = () => job.Latest,
            Needs = [fetch],
            MayFail = script.MayFail,
            Details =
            [
                $"with THPC_NODE_ROLE={config.Cluster.RoleName} THPC_CLUSTER_ID={config.Cluster.Id} "
                + $"THPC_SCHEDULER_TYPE={config.Cluster.SchedulerType} THPC_ACCOUNT_TYPE={config.Cluster.AccountType}",
                .. script.Args.Count == 0 ? (string[])[]
                    : [$"arguments: {string.Join(' ', script.Args.Select(arg => $"\"{TerminalText.OneLine(arg)}\""))}"],
                $"limit {script.Timeout.TotalSeconds:0} s including the download, output to {job.LogPath}",
            ],
        };
    }

    private static async Task CheckAsync(ScriptJob job, Action<string> note, CancellationToken cancel)
    {
        await job.FetchAsync(note, cancel);
        foreach (var warning in DeadlockLint.Find(await File.ReadAllLinesAsync(job.LocalPath, cancel)))
        {
            note($"warning: {warning}");
        }
    }

    private async Task RunAsync(
        ScriptJob job, InitScript script, string markerPath, MachineIdentity here, string? boot, Action<string> note,
        CancellationToken cancel)
    {
        // A start record beside a marker is from before the script succeeded: a power cut came between the two.
        var startPath = ScriptStartRecord.PathOf(markerPath);
        if (work == ScriptWork.RunAll || ScriptMarker.Read(markerPath) is not null)
        {
            File.Delete(startPath);
        }

        // Delete the marker first: if the machine stops during the script, it must not count as finished.
        File.Delete(markerPath);
        try
        {
            // Reserve space: if the script fills the disk and its marker cannot be written, it would run again.
            ScriptMarker.Reserve(markerPath, script);
            if (boot is not null)
            {
                ScriptStartRecord.Read(startPath, script, job.Sha256, here).AddBoot(boot, time.GetUtcNow(), job.LogPath).Write(startPath);
            }

            await RunToEndAsync(job, startPath, note, cancel);

            // Flush the script's files before writing the durable marker: a power cut must not keep the marker and lose the files.
            if (await FlushAsync(cancel) is { } problem)
            {
                note($"a power cut may lose files that the script wrote: {problem}");
            }

            var marker = new ScriptMarker(script.DisplayName, job.Sha256, time.GetUtcNow(), here) { Args = script.Args, BootId = boot };
            marker.Write(markerPath);
            File.Delete(startPath);
        }
        finally
        {
            AtomicFile.Release(markerPath);
        }
    }

    /// <summary>
    /// Runs the script. Deletes the start record if the script fails for a known cause; after success, the caller deletes it once the
    /// marker is written.
    /// </summary>
    private async Task RunToEndAsync(ScriptJob job, string startPath, Action<string> note, CancellationToken cancel)
    {
        try
        {
            await job.RunAsync(note, cancel);
        }
        catch
        {
            // Keep the record while the machine shuts down: the script has probably caused the reboot.
            if (!job.WasCutShort || !await Systemd.IsStoppingAsync(root))
            {
                File.Delete(startPath);
            }

            throw;
        }
    }

    /// <summary>Flushes the local disks. If the run is cancelled meanwhile, waits for up to the script's kill grace.</summary>
    /// <returns>Why the files may not be on disk; null where they are.</returns>
    private async Task<string?> FlushAsync(CancellationToken cancel)
    {
        using var bound = new CancellationTokenSource();
        await using var stop = cancel.Register(() => bound.CancelAfter(config.ScriptKillGrace));
        try
        {
            return await LocalDisks.FlushAsync(root, bound.Token);
        }
        catch (OperationCanceledException)
        {
            return $"the run was stopped, and the disks were not flushed within {config.ScriptKillGrace.TotalSeconds:0} s";
        }
    }
}
