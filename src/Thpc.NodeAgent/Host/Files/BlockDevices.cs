using Thpc.NodeAgent.Host.Mounts;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>Finds the disks under a device from /dev and sysfs. No call reaches a disk or a server.</summary>
/// <param name="root">The root of /dev and /sys.</param>
internal sealed class BlockDevices(NodeRoot root)
{
    // LVM on LUKS on RAID has four levels; more than eight mean a loop.
    private const int MaxDepth = 8;

    /// <param name="source">The source field of fstab: a path below /dev, or a tag such as UUID=….</param>
    /// <returns>Kernel names ("vda"); empty if the source is not a device of this machine.</returns>
    public IReadOnlyList<string> DisksOf(string source) =>
        PathOf(source) is { } path && Follow(root.On(path)) is { } device ? DisksUnder(KernelName(device)) : [];

    /// <summary>The disks of the file system that is mounted on `/`.</summary>
    /// <param name="mounts">The mount table of the machine.</param>
    public IReadOnlyList<string> DisksOfRoot(MountTree mounts) => mounts.At("/") is not { } entry ? []
        : DisksOf(entry.Source) is { Count: > 0 } disks ? disks
        : Follow(root.On($"/sys/dev/block/{entry.Device}")) is { } device ? DisksUnder(Path.GetFileName(device)) : [];

    /// <returns>A path below /dev unchanged; for a tag, udev's link (udev-builtin-blkid, libblkid's blkid_encode_string).</returns>
    private static string? PathOf(string source)
    {
        var equals = source.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 && NetworkTypes.IsTag(source)
            ? $"/dev/disk/by-{source[..equals].ToLowerInvariant()}/{Encode(source[(equals + 1)..].Trim('"'))}"
            : source.StartsWith("/dev/", StringComparison.Ordinal) ? source : null;
    }

    private static string Encode(string name)
    {
        static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || c >= 0x80 || "#+-.:=@_".Contains(c, StringComparison.Ordinal);
        return string.Concat(name.Select(c => IsPlain(c) ? $"{c}" : $"\\x{(int)c:x2}"));
    }

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

    private List<string> DisksUnder(string name)
    {
        List<string> disks = [];
        Add(name, 0);
        return disks;

        void Add(string device, int depth)
        {
            // A partition's sysfs directory lies in the directory of its disk.
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
