using Thpc.NodeAgent.Host.Mounts;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>
/// Distinguishes system disks from data disks. The device, volume group, pool or btrfs of `/` belongs to the system, and on a running
/// machine everything on the same disks. Devices of an unpacked image cannot be resolved, so names decide: partitions of the disk that `/`
/// names, or else of the first disk, and by convention /boot and /efi, and /usr and /var by UUID or label.
/// </summary>
internal sealed class DiskOwners
{
    private readonly Func<string, IReadOnlyList<string>> _disks;
    private readonly IReadOnlyList<string> _rootDisks;
    private readonly BootMountEntry? _root;
    private readonly string _group = "";

    // The disk that `/` names; if it names none (such as a UUID), the disk that /boot names.
    private readonly string? _disk;

    /// <param name="disks">Returns the disks of a source; empty if unknown.</param>
    /// <param name="rootDisks">The disks below `/`; empty if unknown.</param>
    public DiskOwners(BootMountEntry?[] lines, Func<string, IReadOnlyList<string>> disks, IReadOnlyList<string> rootDisks)
    {
        _disks = disks;
        _root = Array.Find(lines, line => line is { Target: "/" });
        _rootDisks = rootDisks.Count == 0 && _root is not null ? disks(_root.Source) : rootDisks;
        _group = _root is null ? "" : DiskNames.Group(_root.Source, _root.Type);
        _disk = DiskNames.IsDiskGroup(_group) ? _group
            : Array.Find(
                lines, line =>
                    line is not null && IsBoot(line.Target) && DiskNames.IsDiskGroup(DiskNames.Group(line.Source, line.Type))) is { } boot
                ? DiskNames.Group(boot.Source, boot.Type) : null;
    }

    /// <summary>Whether the line mounts a local disk that nodes made from the image may lack.</summary>
    public bool IsDataDisk(BootMountEntry line) => DiskNames.IsDisk(line) && !line.IsFromCloudInit && !IsSystemDisk(line);

    private bool IsSystemDisk(BootMountEntry line)
    {
        if (line.Target == "/" || line.Source == "/dev/root" || IsBoot(line.Target) || (_root is not null && line.Source == _root.Source))
        {
            return true;
        }

        // btrfs subvolumes share one device, so a different device is a different file system.
        var group = DiskNames.Group(line.Source, line.Type);
        if (_root?.Type == "btrfs" && line.Type == "btrfs" && DiskNames.IsDiskGroup(group) && DiskNames.IsDiskGroup(_group))
        {
            return false;
        }

        if (group == _group)
        {
            return true;
        }

        if (_rootDisks.Count > 0 && _disks(line.Source) is { Count: > 0 } own)
        {
            return own.Any(_rootDisks.Contains);
        }

        return DiskNames.IsTagGroup(group) ? line.Target is "/usr" or "/var"
            : _disk is not null ? group == _disk : DiskNames.IsPartOfFirstDisk(line.Source, line.Type);
    }

    private static bool IsBoot(string target) => target is "/boot" or "/efi" || target.StartsWith("/boot/", StringComparison.Ordinal);
}
