using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Units;
using Thpc.NodeAgent.Stages.Mount;

namespace Thpc.NodeAgent.Bootstrap;

/// <summary>
/// Decides which Slurm daemons may start after a run. Conditions in the drop-ins (images/systemd) test two files in /run/thpc-node-agent
/// before each start: `ready` for slurmd, `opt-ready` for the controllers.
/// </summary>
internal static class SlurmGate
{
    /// <summary>Starts only after a successful run.</summary>
    public const string ComputeUnit = "slurmd.service";

    /// <summary>The file name of the drop-in with the conditions, in each unit's drop-in directory.</summary>
    public const string DropIn = "zz-thpc-node-agent.conf";

    private static readonly TimeSpan OptLimit = TimeSpan.FromSeconds(5);

    /// <summary>Need only /opt, if storage for it is configured.</summary>
    public static IReadOnlyList<string> ControllerUnits { get; } =
        ["slurmctld.service", "slurmdbd.service", "slurmrestd.service", "sackd.service"];

    /// <summary>Creates or deletes `opt-ready`, depending on whether /opt is usable.</summary>
    /// <param name="config">Null if the configuration is invalid. Then it may configure /opt, so /opt must be mounted.</param>
    /// <exception cref="AgentException">NO_SPACE.</exception>
    public static async Task UpdateOptAsync(NodeConfig? config, NodeRoot root, CancellationToken cancel) =>
        StateFiles.SetOptReady(root, await IsOptUsableAsync(config, root, cancel));

    /// <summary>Starts units that a condition held back and whose condition is now met. Other stopped units stay stopped.</summary>
    /// <returns>The units that were started, and the error if the start failed; both may be empty.</returns>
    public static async Task<(IReadOnlyList<string> Started, string? Problem)> StartHeldBackAsync(NodeRoot root, CancellationToken cancel)
    {
        string[] compute = StateFiles.IsReady(root) ? [ComputeUnit] : [];
        List<string> open = [.. compute, .. StateFiles.IsOptReady(root) ? ControllerUnits : []];
        if (open.Count == 0 || !Systemd.Runs(root))
        {
            return ([], null);
        }

        IReadOnlyList<string> held = [.. (await Systemd.ShowAsync(open, cancel)).Where(unit => unit.IsHeldBack).Select(unit => unit.Name)];
        return held.Count == 0 ? ([], null)
            : await Systemd.QueueStartAsync(held, cancel) is { } problem ? ([], problem.English)
            : (held, null);
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
            // fstab is unreadable, or /opt is an unsafe link. The mount stage reports it.
            return false;
        }
    }
}
