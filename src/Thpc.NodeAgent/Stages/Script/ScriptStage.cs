using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Units;
using Thpc.NodeAgent.Stages.Shared;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Script;

internal enum ScriptWork
{
    /// <summary>What has not succeeded on this machine yet.</summary>
    RunMissing,

    /// <summary>All, again.</summary>
    RunAll,

    /// <summary>Download and vet all, run none.</summary>
    Check,
}

/// <summary>Runs the cluster's init scripts in order, each once on this machine or once in each boot.</summary>
internal sealed class ScriptStage(NodeConfig config, NodeRoot root, CosClient cos, CosCredentials credentials, Func<CancellationToken, Task<MachineIdentity>> instance, TimeProvider time, ScriptWork work) : IStage
{
    public string Name => "script";

    public async Task<StagePlan> PlanAsync(CancellationToken cancel)
    {
        if (config.InitScripts.Count == 0)
        {
            return StagePlan.Nothing("no init script is configured");
        }

        var here = await instance(cancel);
        var boot = CurrentBoot.Id(root);
        List<Step> steps = [];
        List<string> omitted = [];
        for (var i = 0; i < config.InitScripts.Count; i++)
        {
            var script = config.InitScripts[i];
            if (!script.IsFor(config.Cluster.Role))
            {
                var roles = string.Join(", ", script.Roles.Select(NodeRoles.NameOf));
                omitted.Add($"{script.DisplayName} is for {roles}, and this node is {config.Cluster.RoleName}");
                continue;
            }

            var path = ScriptMarker.PathOf(root, script.DisplayName, config.InitScripts.Take(i).Count(other => other.DisplayName == script.DisplayName));
            if (work == ScriptWork.RunMissing && ScriptMarker.Read(path) is { } marker
                && marker.Instance.IsSameAs(here) && marker.IsOf(script) && (!script.EveryBoot || marker.BootId == boot))
            {
                var place = script.EveryBoot ? "in this boot" : "here";
                omitted.Add($"{script.DisplayName} succeeded {place} at {marker.FinishedAt:yyyy-MM-dd HH:mm:ss}Z");
                continue;
            }

            steps.AddRange(Steps(script, i + 1, path, here, boot, steps));
        }

        return new StagePlan(steps, omitted.Count > 0 ? string.Join("; ", omitted) : null);
    }

    private IEnumerable<Step> Steps(
        InitScript script, int number, string markerPath, MachineIdentity here, string? boot, IReadOnlyList<Step> earlier)
    {
        var source = new ScriptSource(root, cos, credentials);
        var job = new ScriptJob(script, number, config.Cluster, config.ScriptKillGrace, root, source, config.AllowedSigners);
        var fetch = new Step($"fetch {script.DisplayName}", work == ScriptWork.Check ? (note, cancel) => CheckAsync(job, note, cancel) : job.FetchAsync)
        {
            Needs = work == ScriptWork.Check ? [] : [.. earlier.Where(step => !step.MayFail)],
            After = [.. earlier],
            MayFail = script.MayFail,
            Sha256 = () => job.FetchedSha256,
            Details = [$"download at most {ScriptSource.MaxBytes >> 20} MiB, vet, keep as /var/lib/thpc-node-agent/scripts/init-script-{number}"],
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
            Needs = [fetch],
            MayFail = script.MayFail,
            Details =
            [
                $"with THPC_NODE_ROLE={config.Cluster.RoleName} THPC_CLUSTER_ID={config.Cluster.Id} THPC_SCHEDULER_TYPE={config.Cluster.SchedulerType} THPC_ACCOUNT_TYPE={config.Cluster.AccountType}",
                .. script.Args.Count == 0 ? (string[])[]
                    : [$"arguments: {string.Join(' ', script.Args.Select(arg => $"\"{OutputText.OneLine(arg)}\""))}"],
                $"limit {script.Timeout.TotalSeconds:0} s with the download, output to {job.LogPath}",
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
        ScriptJob job, InitScript script, string markerPath, MachineIdentity here, string? boot, Action<string> note, CancellationToken cancel)
    {
        // A script that was begun and not finished must not look finished, whatever the machine does next.
        File.Delete(markerPath);
        var begunPath = ScriptStartRecord.PathOf(markerPath);
        if (work == ScriptWork.RunAll)
        {
            File.Delete(begunPath);
        }

        try
        {
            // It may fill the disk, and would run again if that it succeeded could not be noted.
            ScriptMarker.Reserve(markerPath, script);
            if (boot is not null)
            {
                ScriptStartRecord.Read(begunPath, script, job.Sha256, here).In(boot, time.GetUtcNow(), job.LogPath).Write(begunPath);
            }

            await RunToEndAsync(job, begunPath, note, cancel);

            // Nor may one look finished whose files a power cut could still take: the marker alone would outlive that.
            if (await FlushAsync(cancel) is { } unsure)
            {
                note($"what the script wrote may not outlive a power cut: {unsure}");
            }

            var marker = new ScriptMarker(script.DisplayName, job.Sha256, time.GetUtcNow(), here) { Args = script.Args, BootId = boot };
            marker.Write(markerPath);
            File.Delete(begunPath);
        }
        finally
        {
            AtomicFile.Release(markerPath);
        }
    }

    /// <summary>A failure whose cause is known removes the note that the script was begun; success does so when the marker is there.</summary>
    private async Task RunToEndAsync(ScriptJob job, string begunPath, Action<string> note, CancellationToken cancel)
    {
        try
        {
            await job.RunAsync(note, cancel);
        }
        catch
        {
            // While the machine goes down, it is most likely the script that reboots it. Where the agent alone is stopped, no boot follows.
            if (!job.WasCutShort || !await Systemd.IsStoppingAsync(root))
            {
                File.Delete(begunPath);
            }

            throw;
        }
    }

    /// <summary>The script has succeeded and counts, even if the run is stopped meanwhile: from then on the disks have the script's grace.</summary>
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
