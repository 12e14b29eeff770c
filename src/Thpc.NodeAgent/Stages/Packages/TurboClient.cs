using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>The client of CFS Turbo: no distribution has it, and it is built for one kernel.</summary>
internal static class TurboClient
{
    private const string Remedy = "install the client that CFS Turbo's documents name for that kernel, or keep the kernel that it is built for";

    public static bool IsNeeded(NodeConfig config) => config.Storage.Any(storage => storage is CfsStorage { Protocol: CfsProtocol.Turbo });

    /// <summary>Why TURBO storage could not be mounted by the kernel that runs, and by the one that a captured image boots.</summary>
    public static IReadOnlyList<string> Obstacles(NodeRoot root)
    {
        List<string> obstacles = [];
        if (ProgramFinder.Find(root, "mount.lustre") is null)
        {
            obstacles.Add("mount.lustre is missing, the program by which TURBO storage is mounted: install the client that CFS Turbo's documents name");
        }

        // The kernel that runs while an unpacked image is worked on is another machine's.
        var running = root.IsLive ? KernelVersions.Running(root) : null;
        if (running is not null && LustreClient.Validate(root) is { } now)
        {
            obstacles.Add($"{now}: {Remedy}");
        }

        var newest = KernelVersions.Newest(root);
        if (newest is null && running is null)
        {
            obstacles.Add("no kernel is installed (/lib/modules), so none that has a Lustre client for TURBO storage: install both");
        }
        else if (newest is not null && newest != running && LustreClient.Validate(root, newest) is { } later)
        {
            obstacles.Add($"{later}, the newest that is installed, which a captured image boots: {Remedy}");
        }

        return obstacles;
    }
}
