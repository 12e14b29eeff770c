using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Network;
using Thpc.NodeAgent.Stages.Mount.Drivers;
using Thpc.NodeAgent.Stages.Mount.Fstab;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>What the storage drivers share.</summary>
/// <param name="Machine">This machine's fingerprint; null where it has no reliable one.</param>
/// <param name="Fstab">The only writer of fstab in this process.</param>
internal sealed record DriverContext(NodeRoot Root, NodeConfig Config, MachineFingerprint? Machine, FstabWriter Fstab)
{
    /// <summary>Dials the servers, each once for all its mounts.</summary>
    public ServerDialer Servers { get; } = new();

    public static DriverContext Create(NodeConfig config, NodeRoot root) =>
        new(root, config, MachineFingerprint.Read(root), new FstabWriter(root));

    public StorageDriver Driver(Storage storage) => storage switch
    {
        CfsStorage cfs => new CfsDriver(cfs, this),
        GooseFsStorage goose => new GooseFsDriver(goose, this),
        GooseFsxStorage goose => new GooseFsxDriver(goose, this),
        _ => throw new NotSupportedException(storage.GetType().Name),
    };
}
