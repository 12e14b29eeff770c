using Thpc.NodeAgent.Host.Mounts;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>Which disks a device lies on, by /dev and sysfs. No call reaches a disk or a server.</summary>
/// <param name="root">Before /dev and /sys.</param>
internal sealed class BlockDevices(NodeRoot root)
{
    // LVM on LUKS on RAID has four levels; more than eight are a loop.
    private const int MaxDepth = 8;

    /// <returns>Kernel names ("vda"); nothing where there is no such device, or none of that name on this machine.</returns>
    /// <param name="source">As in fstab: a path below /dev, or UUID=… and its like.</param>
    public IReadOnlyList<string> DisksOf(string source) => PathOf(source) is { } path && Follow(root.On(path)) is { } device ? Base(KernelName(device)) : [];

    /// <summary>The disks of what is mounted on `/`.</summary>
    /// <param name="mounts">The mount table of the machine.</param>
    public IReadOnlyList<string> DisksOfRoot(MountTree mounts) => mounts.At("/") is not { } entry ? []
        : DisksOf(entry.Source) is { Count: > 0 } disks ? disks
        : Follow(root.On($"/sys/dev/block/{entry.Device}")) is { } device ? Base(Path.GetFileName(device)) : [];

    /// <summary>udev's link for a tag (systemd's udev-builtin-blkid, libblkid's blkid_encode_string); a path as it is.</summary>
    private static string? PathOf(string source)
    {
        var equals = source.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 && NetworkTypes.IsTag(source) ? $"/dev/disk/by-{source[..equals].ToLowerInvariant()}/{Encode(source[(equals + 1)..].Trim('"'))}"
            : source.StartsWith("/dev/", StringComparison.Ordinal) ? source : null;
    }

    private static string Encode(string name) =>
        string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c >= 0x80 || "#+-.:=@_".Contains(c, StringComparison.Ordinal) ? $"{c}" : $"\\x{(int)c:x2}"));

    private static string? Follow(string path)
    {
        try
        {
            var file = new FileInfo(path);
            return file.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? (Path.Exists(path) ? path : null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>The kernel writes cciss/c0d0 as cciss!c0d0.</summary>
    private string KernelName(string device)
    {
        var dev = root.On("/dev/");
        return device.StartsWith(dev, StringComparison.Ordinal) ? device[dev.Length..].Replace('/', '!') : Path.GetFileName(device);
    }

    private List<string> Base(string name)
    {
        List<string> disks = [];
        Add(name, 0);
        return disks;

        void Add(string device, int depth)
        {
            // The kernel keeps a partition's directory in its disk's.
            if (Follow(root.On($"/sys/class/block/{device}")) is not { } directory || depth > MaxDepth)
            {
                return;
            }

            if (Path.Exists($"{directory}/partition"))
            {
                Add(Path.GetFileName(Path.GetDirectoryName(directory)!), depth + 1);
                return;
            }

            var slaves = Directory.Exists($"{directory}/slaves") ? Directory.GetFileSystemEntries($"{directory}/slaves") : [];
            foreach (var slave in slaves)
            {
                Add(Path.GetFileName(slave), depth + 1);
            }

            if (slaves.Length == 0 && !disks.Contains(device))
            {
                disks.Add(device);
            }
        }
    }
}
