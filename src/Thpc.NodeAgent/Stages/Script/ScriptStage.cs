using Thpc.NodeAgent.Config;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Cos;

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

/// <summary>Runs the cluster's init scripts in order, each once on this machine.</summary>
internal sealed class ScriptStage(NodeConfig config, NodeRoot root, CosClient cos, CosCredentials credentials, Func<CancellationToken, Task<Instance>> instance, TimeProvider time, ScriptWork work) : IStage
{
    public string Name => "script";

    public async Task<StagePlan> PlanAsync(CancellationToken cancel)
    {
        if (config.InitScripts.Count == 0)
        {
            return StagePlan.Nothing("no init script is configured");
        }

        var here = await instance(cancel);
        List<Step> steps = [];
        List<string> done = [];
        for (var i = 0; i < config.InitScripts.Count; i++)
        {
            var script = config.InitScripts[i];
            var path = ScriptMarker.PathOf(root, script.DisplayName, config.InitScripts.Take(i).Count(other => other.DisplayName == script.DisplayName));
            if (work == ScriptWork.RunMissing && ScriptMarker.Read(path) is { } marker && marker.Instance.IsSameAs(here))
            {
                done.Add($"{script.DisplayName} succeeded here at {marker.FinishedAt:yyyy-MM-dd HH:mm:ss}Z");
                continue;
            }

            steps.AddRange(Steps(script, i + 1, path, here, steps));
        }

        return new StagePlan(steps, done.Count > 0 ? string.Join("; ", done) : null);
    }

    private IEnumerable<Step> Steps(InitScript script, int number, string markerPath, Instance here, IReadOnlyList<Step> earlier)
    {
        var job = new ScriptJob(script, number, config.Cluster, config.ScriptKillGrace, root, cos, credentials);
        var fetch = new Step($"fetch {script.DisplayName}", work == ScriptWork.Check ? CheckAsync : job.FetchAsync)
        {
            Needs = work == ScriptWork.Check ? [] : [.. earlier.Where(step => !step.MayFail)],
            After = [.. earlier],
            MayFail = script.MayFail,
            Sha256 = () => job.FetchedSha256,
            Details = [$"download at most {ScriptJob.MostBytes >> 20} MiB, vet, keep as /var/lib/thpc-node-agent/scripts/init-script-{number}"],
        };
        yield return fetch;
        if (work == ScriptWork.Check)
        {
            yield break;
        }

        async Task CheckAsync(Action<string> note, CancellationToken cancel)
        {
            await job.FetchAsync(note, cancel);
            foreach (var warning in DeadlockLint.Find(await File.ReadAllLinesAsync(job.LocalPath, cancel)))
            {
                note($"warning: {warning}");
            }
        }

        yield return new Step($"run init script {number} ({Path.GetFileName(script.Location.AbsolutePath)})", async (note, cancel) =>
        {
            // A script that was begun and not finished must not look finished, whatever the machine does next.
            File.Delete(markerPath);
            try
            {
                // It may fill the disk, and would run again if that it succeeded could not be noted.
                ScriptMarker.Reserve(markerPath);
                await job.RunAsync(note, cancel);

                // Nor may one look finished whose files a power cut could still take: the marker alone would outlive that. Its end is known,
                // so the run's cancellation does not matter any more; the flush has a limit of its own.
                if (await LocalDisks.FlushAsync(root, CancellationToken.None) is { } unsure)
                {
                    note($"what the script wrote may not outlive a power cut: {unsure}");
                }

                new ScriptMarker(script.DisplayName, job.Sha256, time.GetUtcNow(), here).Write(markerPath);
            }
            finally
            {
                AtomicFile.Release(markerPath);
            }
        })
        {
            Needs = [fetch],
            MayFail = script.MayFail,
            Details =
            [
                $"with THPC_NODE_ROLE={config.Cluster.RoleName} THPC_CLUSTER_ID={config.Cluster.Id} THPC_SCHEDULER_TYPE={config.Cluster.SchedulerType} THPC_ACCOUNT_TYPE={config.Cluster.AccountType}",
                $"limit {script.Timeout.TotalSeconds:0} s with the download, output to {job.LogPath}",
            ],
        };
    }
}
