using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Stages.Mount.Drivers;
using Thpc.NodeAgent.Stages.Mount.Fstab;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>One entry that mounts a file system at boot: an fstab line or a systemd mount unit.</summary>
/// <param name="ResolvedPath">The mount point with links followed, as seen from the node's root.</param>
/// <param name="Options">Comma-separated.</param>
/// <param name="Line">Null for a unit.</param>
/// <param name="Unit">The unit's file name; null for a line.</param>
/// <param name="IsEnabled">For a unit: whether a boot target wants it or its automount unit.</param>
internal sealed record BootMount(
    string ResolvedPath, string Source, string Type, string Options, FstabLine? Line, string? Unit, bool IsEnabled)
{
    /// <summary>Whether the agent wrote it.</summary>
    public bool IsOwn => Line?.Entry?.Cluster is not null;

    /// <summary>Whether a boot mounts it, at once or on first access.</summary>
    public bool IsMountedAtBoot => Unit is null ? HasOption("x-systemd.automount") || !HasOption("noauto") : IsEnabled;

    /// <summary>"/etc/fstab line 3", "unit data.mount".</summary>
    public LocalizedText Name => Unit is null ? Messages.FstabLine(Line!.Number) : Messages.Unit(Unit);

    /// <summary>
    /// All entries. For one path, the entry that systemd uses comes first: local unit files win over fstab lines, and these over units
    /// from packages.
    /// </summary>
    public static IReadOnlyList<BootMount> Read(NodeRoot root, FstabDocument fstab, MountTree mounts)
    {
        List<BootMount> first = [], last = [];
        foreach (var unit in MountUnits.Read(root))
        {
            var entry = new BootMount(
                ResolveMountPoint(root, unit.Where, mounts), unit.What, unit.Type, unit.Options, null, unit.Name, unit.IsEnabled);
            (unit.WinsOverFstab ? first : last).Add(entry);
        }

        var lines = from line in fstab.Lines
                    let entry = line.Entry
                    where entry is not null && entry.MountPoint.StartsWith('/')
                    select new BootMount(
                        ResolveMountPoint(root, entry.MountPoint, mounts), entry.Source, entry.Type, entry.Options, line, null, false);
        return [.. first, .. lines, .. last];
    }

    /// <summary>The mount point with links followed, or unchanged where they cannot be followed.</summary>
    public static string ResolveMountPoint(NodeRoot root, string mountPoint, MountTree mounts)
    {
        _ = root.TryResolve(LocalPath.Normalize(mountPoint), out var path, mounts);
        return path;
    }

    /// <summary>Whether the agent wrote this line and its mount point resolves to <paramref name="resolvedPath"/>.</summary>
    public static bool IsOwnLine(FstabLine line, NodeRoot root, string resolvedPath, MountTree mounts) =>
        line.Entry is { Cluster: not null } entry && ResolveMountPoint(root, entry.MountPoint, mounts) == resolvedPath;

    public bool HasOption(string name) => CfsMount.HasOption(Options, name);
}
