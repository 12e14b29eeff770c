using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Host.Units;

namespace Thpc.NodeAgent.Bootstrap;

/// <summary>
/// What jobs need besides the stages' work: munge, whose key may have come with a script or a share after it had failed, and NIS, without
/// which the cluster's users do not resolve. Neither is ordered after the run, for scripts restart them.
/// </summary>
internal static class ClusterServices
{
    private const string Munge = "munge.service";
    private const string Ypbind = "ypbind.service";

    /// <summary>ypbind asks its servers again every 20 s (ypbind(8)); one of them may boot together with this node.</summary>
    private static readonly TimeSpan BindingLimit = TimeSpan.FromSeconds(45);

    private static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(200);

    /// <summary>Starts again what failed for want of what this run has brought, and waits for the NIS binding.</summary>
    /// <param name="note">Gets what is usual, such as the first start of munge on a node that a prepared image made.</param>
    /// <param name="warn">Gets what jobs may suffer from.</param>
    /// <param name="cancel">Ends the wait; what can be known at once is found out all the same.</param>
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
                warn(problem);
            }
            else
            {
                note($"{string.Join(", ", failed)} had not started before this run: started again");
            }
        }

        var isNis = config.Cluster.AccountType.Equals("NIS", StringComparison.OrdinalIgnoreCase);
        if (isNis && units.Any(unit => unit.Name == Ypbind && unit.Loaded))
        {
            if (ProgramFinder.Find(root, "ypwhich") is null)
            {
                warn("ypwhich is not installed, so it is not known whether users of the cluster resolve");
                return;
            }

            await WaitForBindingAsync(warn, cancel);
        }
    }

    private static async Task WaitForBindingAsync(Action<string> warn, CancellationToken cancel)
    {
        for (var start = TimeProvider.System.GetTimestamp(); ; await Task.Delay(AskAgain, cancel))
        {
            var answer = await ProgramRunner.RunAsync(["ypwhich"], AskLimit, CancellationToken.None);
            if (answer.Succeeded)
            {
                return;
            }

            // Disabled, or without a domain, it is not meant to run.
            if (await Systemd.ShowAsync([Ypbind], CancellationToken.None) is [{ HasJob: false, Active: "inactive" or "failed" } unit])
            {
                warn($"{Ypbind} is {unit.Active}: users who are known by NIS alone do not resolve (`systemctl enable --now ypbind`)");
                return;
            }

            if (TimeProvider.System.GetElapsedTime(start) > BindingLimit)
            {
                throw new AgentException(
                    ErrorCode.NisUnbound,
                    $"ypbind is bound to no NIS server after {BindingLimit.TotalSeconds:0} s: ypwhich: {answer.LastWords}");
            }
        }
    }
}
