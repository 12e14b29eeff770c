using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Stages.Mount.Drivers;
using Thpc.NodeAgent.Stages.Mount.Fstab;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>One entry by which a boot mounts something: a line of fstab or a mount unit of systemd.</summary>
/// <param name="Place">Where its mount point leads, links followed, as the node names it.</param>
/// <param name="Options">Comma-separated.</param>
/// <param name="Line">Null for a unit.</param>
/// <param name="Unit">The file's name; null for a line.</param>
/// <param name="IsEnabled">Of a unit: whether a target of the boot wants it or its automount unit.</param>
internal sealed record BootMount(string Place, string Source, string Type, string Options, FstabLine? Line, string? Unit, bool IsEnabled)
{
    /// <summary>Whether the agent wrote it.</summary>
    public bool IsOwn => Line?.Entry?.Cluster is not null;

    /// <summary>Whether a boot mounts it, at once or when somebody enters.</summary>
    public bool IsMountedAtBoot => Unit is null ? HasOption("x-systemd.automount") || !HasOption("noauto") : IsEnabled;

    /// <summary>"/etc/fstab line 3", "unit data.mount".</summary>
    public string Name => Unit is null ? $"{NodePaths.Fstab} line {Line!.Number}" : $"unit {Unit}";

    /// <summary>
    /// All of them, for one place the one first that systemd takes: unit files win over fstab's lines, and these over what packages bring.
    /// </summary>
    public static IReadOnlyList<BootMount> Read(NodeRoot root, FstabDocument fstab, MountTree mounts)
    {
        List<BootMount> first = [], last = [];
        foreach (var unit in MountUnits.Read(root))
        {
            (unit.WinsOverFstab ? first : last).Add(new BootMount(Lead(root, unit.Where, mounts), unit.What, unit.Type, unit.Options, null, unit.Name, unit.IsEnabled));
        }

        var lines = from line in fstab.Lines
                    let entry = line.Entry
                    where entry is not null && entry.MountPoint.StartsWith('/')
                    select new BootMount(Lead(root, entry.MountPoint, mounts), entry.Source, entry.Type, entry.Options, line, null, false);
        return [.. first, .. lines, .. last];
    }

    /// <summary>Where a mount point leads; as it is written where its links cannot be followed.</summary>
    public static string Lead(NodeRoot root, string mountPoint, MountTree mounts)
    {
        var path = LocalPath.Normalize(mountPoint);
        try
        {
            return root.Resolve(path, mounts);
        }
        catch (AgentException)
        {
            return path;
        }
    }

    /// <summary>Whether it is a line of the agent's for that place, by whatever links it is written.</summary>
    public static bool IsOwnLine(FstabLine line, NodeRoot root, string place, MountTree mounts) =>
        line.Entry is { Cluster: not null } entry && Lead(root, entry.MountPoint, mounts) == place;

    public bool HasOption(string name) => CfsMount.HasOption(Options, name);
}
