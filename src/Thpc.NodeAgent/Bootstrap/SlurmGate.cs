using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Units;
using Thpc.NodeAgent.Stages.Mount;

namespace Thpc.NodeAgent.Bootstrap;

/// <summary>
/// Which daemons of Slurm may start after a run. systemd asks two files in /run/thpc-node-agent before each start (the drop-ins in
/// images/systemd): `ready` for slurmd, `opt-ready` for the controllers.
/// </summary>
internal static class SlurmGate
{
    /// <summary>Needs the whole run.</summary>
    public const string ComputeUnit = "slurmd.service";

    /// <summary>The drop-in with its conditions, in the folder of each unit.</summary>
    public const string DropIn = "zz-thpc-node-agent.conf";

    private static readonly TimeSpan OptLimit = TimeSpan.FromSeconds(5);

    /// <summary>Need of the run only /opt, where one is configured.</summary>
    public static IReadOnlyList<string> ControllerUnits { get; } =
        ["slurmctld.service", "slurmdbd.service", "slurmrestd.service", "sackd.service"];

    /// <summary>Says whether /opt is usable, which the controllers wait for.</summary>
    /// <param name="config">Null where it was refused: then /opt may be configured, and only one that is mounted counts.</param>
    /// <exception cref="AgentException">NO_SPACE.</exception>
    public static async Task UpdateOptAsync(NodeConfig? config, NodeRoot root, CancellationToken cancel) =>
        StateFiles.SetOptReady(root, await IsOptUsableAsync(config, root, cancel));

    /// <summary>Starts what a condition held back and no longer does; what was stopped by a person, or runs, is left as it is.</summary>
    /// <returns>The units that were started, and why it did not work; both may be empty.</returns>
    public static async Task<(IReadOnlyList<string> Started, string? Problem)> StartHeldBackAsync(NodeRoot root, CancellationToken cancel)
    {
        string[] compute = StateFiles.IsReady(root) ? [ComputeUnit] : [];
        List<string> open = [.. compute, .. StateFiles.IsOptReady(root) ? ControllerUnits : []];
        if (open.Count == 0 || !Systemd.Runs(root))
        {
            return ([], null);
        }

        IReadOnlyList<string> held = [.. (await Systemd.ShowAsync(open, cancel)).Where(unit => unit.IsHeldBack).Select(unit => unit.Name)];
        return held.Count == 0 ? ([], null) : await Systemd.QueueStartAsync(held, cancel) is { } problem ? ([], problem) : (held, null);
    }

    private static async Task<bool> IsOptUsableAsync(NodeConfig? config, NodeRoot root, CancellationToken cancel)
    {
        if (config is null)
        {
            var target = root.On(NodePaths.Opt);
            return MountTree.Read().At(target) is { MayBlock: true, IsAutomount: false }
                && (await MountProbe.AskAsync(root, target, OptLimit, cancel)).Code is null;
        }

        if (config.Storage.FirstOrDefault(storage => storage.LocalPath == NodePaths.Opt) is not { } opt)
        {
            return true;
        }

        try
        {
            return (await new StorageState(DriverContext.Create(config, root)).InspectAsync([opt], OptLimit, cancel))[0].Problem is null;
        }
        catch (AgentException)
        {
            // fstab cannot be read, or a link of /opt's is not safe: the mount stage says so.
            return false;
        }
    }
}
