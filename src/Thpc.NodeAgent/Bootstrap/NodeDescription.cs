using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Network;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Stages.Mount.Drivers;
using Thpc.NodeAgent.Stages.Packages;

namespace Thpc.NodeAgent.Bootstrap;

/// <summary>The part of the report that describes the node itself, by which `fleet explain` compares it with its siblings.</summary>
internal static class NodeDescription
{
    /// <summary>Adds addresses, kernel and system. What cannot be read is null: it must not fail a bootstrap.</summary>
    public static Report Describe(Report report, NodeRoot root) => report with
    {
        HostName = MachineIdentity.HostName(root),
        Addresses = OwnAddresses.Read(root),
        Kernel = Try(() => KernelVersions.Running(root)),
        Os = Try(() => new PackageDatabase(root).System().ToString()),
    };

    /// <summary>The configured storage, with the options that the agent mounts it with.</summary>
    public static IReadOnlyList<MountReport> Mounts(NodeConfig config) =>
    [
        .. config.Storage.Select(storage => new MountReport(
            storage.LocalPath, storage.Source, storage is CfsStorage cfs ? CfsMount.MountOptions(cfs) : null)),
    ];

    private static string? Try(Func<string?> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
