using Thpc.NodeAgent.Host.Mounts;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>
/// Tells the system's disks from data disks. The device, volume group, pool or btrfs of `/` is the system's, and on the machine itself all
/// that lies on the same disks. In an unpacked image nothing can be resolved, so names decide: partitions of the disk that `/` is named by,
/// or else of the first disk, and by convention /boot and /efi, and /usr and /var by UUID or label, without which there is no system.
/// </summary>
internal sealed class DiskOwners
{
    private readonly Func<string, IReadOnlyList<string>> _disks;
    private readonly IReadOnlyList<string> _rootDisks;
    private readonly BootMountEntry? _root;
    private readonly string _group = "";

    // The disk that `/` is named by; where it is none, as by UUID, the one of /boot.
    private readonly string? _disk;

    /// <param name="disks">The disks of a source; none where that is not known.</param>
    /// <param name="rootDisks">The disks of what is mounted on `/`; none where that is not known.</param>
    public DiskOwners(BootMountEntry?[] lines, Func<string, IReadOnlyList<string>> disks, IReadOnlyList<string> rootDisks)
    {
        _disks = disks;
        _root = Array.Find(lines, line => line is { Target: "/" });
        _rootDisks = rootDisks.Count == 0 && _root is not null ? disks(_root.Source) : rootDisks;
        _group = _root is null ? "" : DiskNames.Group(_root.Source, _root.Type);
        _disk = DiskNames.IsDiskGroup(_group) ? _group
            : Array.Find(lines, line => line is not null && IsBoot(line.Target) && DiskNames.IsDiskGroup(DiskNames.Group(line.Source, line.Type))) is { } boot
                ? DiskNames.Group(boot.Source, boot.Type) : null;
    }

    /// <summary>Whether it is a disk of this machine that its image may lack.</summary>
    public bool IsDataDisk(BootMountEntry line) => DiskNames.IsDisk(line) && !line.IsCloudInits && !IsSystems(line);

    private bool IsSystems(BootMountEntry line)
    {
        if (line.Target == "/" || line.Source == "/dev/root" || IsBoot(line.Target) || (_root is not null && line.Source == _root.Source))
        {
            return true;
        }

        // Subvolumes have one device between them, so this is another file system.
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
