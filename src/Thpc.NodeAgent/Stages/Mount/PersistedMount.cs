using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Units;
using Thpc.NodeAgent.Stages.Mount.Drivers;
using Thpc.NodeAgent.Stages.Mount.Fstab;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>Storage that the next boot mounts because the agent wrote an fstab line or a unit for it.</summary>
/// <param name="Storage">Null where the agent does not write lines of this kind.</param>
/// <param name="Machine">Fingerprint of the machine that wrote it; null where that machine had none.</param>
/// <param name="Line">The fstab line; null for a unit.</param>
/// <param name="Unit">The unit's name; null for an fstab line.</param>
/// <param name="Text">The whole line or unit.</param>
internal sealed record PersistedMount(
    string LocalPath, string Source, Storage? Storage, string Cluster, string? Machine, FstabLine? Line, string? Unit, string Text)
{
    public static IReadOnlyList<PersistedMount> Read(NodeRoot root, FstabDocument fstab) =>
    [
        .. from line in fstab.Lines
           let entry = line.Entry
           let cluster = entry?.Cluster
           where cluster is not null
           select new PersistedMount(
               Configuration.LocalPath.Normalize(entry.MountPoint), entry.Source, CfsMount.FromFstab(entry), cluster, entry.Machine, line,
               null, line.Raw),
        .. from unit in new UnitFiles(root).List(GooseFsUnit.Prefix)
           let parsed = GooseFsUnit.Parse(unit.Text)
           where parsed is not null
           select new PersistedMount(
               parsed.Storage.LocalPath, parsed.Storage.Source, parsed.Storage, parsed.Cluster, parsed.Machine, null, unit.Name, unit.Text),
    ];

    /// <summary>Whether it was written for another cluster, or on another machine that this one is a clone of.</summary>
    /// <param name="cluster">Null while this node's cluster is not known.</param>
    /// <param name="machine">Null where this machine has no reliable fingerprint.</param>
    public bool IsForeign(string? cluster, MachineFingerprint? machine) =>
        (cluster is not null && Cluster != cluster) || (machine is not null && Machine is not null && !machine.IsOf(Machine));

    /// <summary>Whether this entry made the mount. The mount table does not show which GooseFS cluster is mounted.</summary>
    public bool IsOriginOf(MountEntry mount)
    {
        var lustre = mount.Type == "lustre";
        return Unit is not null ? GooseFsDriver.IsClient(mount)
            : mount.IsWhole && mount.Type is "nfs" or "nfs4" or "lustre"
                && CfsSource.Parse(mount.Source, lustre).IsSameAs(CfsSource.Parse(Source, lustre), _ => []);
    }
}
