using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Host.Units;

namespace Thpc.NodeAgent.Bootstrap;

/// <summary>
/// Services that jobs need besides the stages: munge, whose key an init script or a share may have brought after munge had failed, and NIS,
/// which resolves the cluster's users. Neither unit is ordered after the run, because init scripts restart them.
/// </summary>
internal static class ClusterServices
{
    private const string Munge = "munge.service";
    private const string Ypbind = "ypbind.service";

    /// <summary>ypbind retries its servers every 20 s (ypbind(8)), and a server may boot together with this node.</summary>
    private static readonly TimeSpan BindingLimit = TimeSpan.FromSeconds(45);

    private static readonly TimeSpan QueryLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan QueryInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>Restarts services that failed before this run, and waits for the NIS binding.</summary>
    /// <param name="note">Receives messages about normal events, such as the first start of munge on a node from a prepared image.</param>
    /// <param name="warn">Receives messages about problems that may affect jobs.</param>
    /// <param name="cancel">Ends the wait for the binding only.</param>
    /// <exception cref="AgentException">NIS_UNBOUND.</exception>
    public static async Task StartAsync(
        NodeConfig config, NodeRoot root, Action<string> note, Action<string> warn, CancellationToken cancel)
    {
        if (!Systemd.Runs(root))
        {
            return;
        }

        var units = await Systemd.ShowAsync([Munge, Ypbind], CancellationToken.None);
        List<string> failed = [.. units.Where(unit => unit.Enabled && (unit.Active == "failed" || unit.IsHeldBack))
            .Select(unit => unit.Name)];
        if (failed.Count > 0)
        {
            var problem = await Systemd.QueueStartAsync(failed, CancellationToken.None);
            if (problem is not null)
            {
                warn(problem.English);
            }
            else
            {
                note($"{string.Join(", ", failed)}: did not start before this run; started now");
            }
        }

        var isNis = config.Cluster.AccountType.Equals("NIS", StringComparison.OrdinalIgnoreCase);
        if (isNis && units.Any(unit => unit.Name == Ypbind && unit.Loaded))
        {
            if (ProgramFinder.Find(root, "ypwhich") is null)
            {
                warn("cannot check whether NIS users resolve: ypwhich is not installed");
                return;
            }

            await WaitForBindingAsync(warn, cancel);
        }
    }

    private static async Task WaitForBindingAsync(Action<string> warn, CancellationToken cancel)
    {
        for (var start = TimeProvider.System.GetTimestamp(); ; await Task.Delay(QueryInterval, cancel))
        {
            var answer = await ProgramRunner.RunAsync(["ypwhich"], QueryLimit, CancellationToken.None);
            if (answer.Succeeded)
            {
                return;
            }

            // ypbind is not running and will not start, for example because it is disabled or has no NIS domain.
            if (await Systemd.ShowAsync([Ypbind], CancellationToken.None) is [{ HasJob: false, Active: "inactive" or "failed" } unit])
            {
                warn($"{Ypbind} is {unit.Active}: NIS users do not resolve (`systemctl enable --now ypbind`)");
                return;
            }

            if (TimeProvider.System.GetElapsedTime(start) > BindingLimit)
            {
                throw new AgentException(
                    ErrorCode.NisUnbound,
                    Messages.NisUnbound($"{BindingLimit.TotalSeconds:0}", answer.LastOutput));
            }
        }
    }
}
