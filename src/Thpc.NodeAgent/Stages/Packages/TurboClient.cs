using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>Checks the client of CFS Turbo: it is in no distribution, and each build supports one kernel.</summary>
internal static class TurboClient
{
    private const string Advice =
        "install the client for that kernel (see the CFS Turbo documentation), or keep the kernel that the client is built for";

    public static bool IsNeeded(NodeConfig config) => config.Storage.Any(storage => storage is CfsStorage { Protocol: CfsProtocol.Turbo });

    /// <summary>
    /// Why the running kernel, and the kernel that a captured image boots, could not mount TURBO storage; empty if they can.
    /// </summary>
    public static IReadOnlyList<string> Obstacles(NodeRoot root)
    {
        List<string> obstacles = [];
        if (ProgramFinder.Find(root, "mount.lustre") is null)
        {
            obstacles.Add("mount.lustre, which mounts TURBO storage, is missing: install the client named in the CFS Turbo documentation");
        }

        // For an unpacked image the running kernel is another machine's.
        var running = root.IsLive ? KernelVersions.Running(root) : null;
        if (running is not null && LustreClient.Validate(root) is { } now)
        {
            obstacles.Add($"{now}: {Advice}");
        }

        var newest = KernelVersions.Newest(root);
        if (newest is null && running is null)
        {
            obstacles.Add("no kernel is installed (/lib/modules): install a kernel and its Lustre client for TURBO storage");
        }
        else if (newest is not null && newest != running && LustreClient.Validate(root, newest) is { } later)
        {
            obstacles.Add($"{later}, the newest installed kernel, which a captured image boots: {Advice}");
        }

        return obstacles;
    }
}
