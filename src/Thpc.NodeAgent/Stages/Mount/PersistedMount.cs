using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Units;
using Thpc.NodeAgent.Stages.Mount.Drivers;
using Thpc.NodeAgent.Stages.Mount.Fstab;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>Storage that the next boot brings back because the agent said so, in a line of fstab or in a unit.</summary>
/// <param name="Storage">Null where the line is of a kind that the agent does not write.</param>
/// <param name="Machine">Where it was written; null where that machine had no name.</param>
/// <param name="Line">Of fstab; null for a unit.</param>
/// <param name="Unit">Its name; null for a line of fstab.</param>
/// <param name="Text">The line or the unit, whole.</param>
internal sealed record PersistedMount(string LocalPath, string Source, Storage? Storage, string Cluster, string? Machine, FstabLine? Line, string? Unit, string Text)
{
    public static IReadOnlyList<PersistedMount> Read(NodeRoot root, FstabDocument fstab) =>
    [
        .. from line in fstab.Lines
           let entry = line.Entry
           let cluster = entry?.Cluster
           where cluster is not null
           select new PersistedMount(Configuration.LocalPath.Normalize(entry.MountPoint), entry.Source, CfsMount.FromFstab(entry), cluster, entry.Machine, line, null, line.Raw),
        .. from unit in new UnitFiles(root).List(GooseFsUnit.Prefix)
           let parsed = GooseFsUnit.Parse(unit.Text)
           where parsed is not null
           select new PersistedMount(parsed.Storage.LocalPath, parsed.Storage.Source, parsed.Storage, parsed.Cluster, parsed.Machine, null, unit.Name, unit.Text),
    ];

    /// <summary>Whether it was written for another cluster or on another machine, of which this one is a clone.</summary>
    /// <param name="cluster">Null where nobody has said yet which cluster this node belongs to.</param>
    /// <param name="machine">Null where this machine has no name to rely on.</param>
    public bool IsForeign(string? cluster, MachineFingerprint? machine) =>
        (cluster is not null && Cluster != cluster) || (machine is not null && Machine is not null && !machine.IsOf(Machine));

    /// <summary>Whether this mount came of it. The table does not tell which GooseFS it shows.</summary>
    public bool IsOriginOf(MountEntry mount)
    {
        var lustre = mount.Type == "lustre";
        return Unit is not null ? GooseFsDriver.IsClient(mount)
            : mount.IsWhole && mount.Type is "nfs" or "nfs4" or "lustre" && CfsSource.Parse(mount.Source, lustre).Is(CfsSource.Parse(Source, lustre), _ => []);
    }
}
