using Thpc.NodeAgent.Host.Mounts;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>Derives the disk, volume group or pool from a device name alone.</summary>
internal static class DiskNames
{
    // Usual names of a machine's first disk.
    private static readonly string[] FirstDisks =
        ["disk:vda", "disk:sda", "disk:xvda", "disk:hda", "disk:nvme0n1", "disk:mmcblk0", "disk:dasda"];

    // Disks whose partitions append only a number: sda1, vdb2.
    private static readonly string[] LetteredDisks = ["sd", "vd", "xvd", "hd", "ubd", "dasd"];

    // Virtual devices and removable media.
    private static readonly string[] NotDisks = ["sr", "scd", "fd", "cdrom", "dvd", "loop", "ram", "zram", "fuse", "shm"];

    // Directories below /dev that are not volume groups.
    private static readonly string[] Folders = ["disk", "mapper", "md", "zvol", "block", "cciss", "ida", "rd", "input"];

    /// <summary>Whether the line mounts a local disk or a part of one.</summary>
    public static bool IsDisk(BootMountEntry line) =>
        !line.IsBind && !NetworkTypes.IsNetwork(line) && line.Type is not ("iso9660" or "udf" or "udf,iso9660")
        && (NetworkTypes.IsTag(line.Source)
            || (line.Type == "zfs" && !line.Source.StartsWith('/'))
            || (line.Source.StartsWith("/dev/", StringComparison.Ordinal)
                && !Array.Exists(NotDisks, name => IsNumbered(line.Source[5..], name))));

    /// <returns>A key such as "disk:vda", "lvm:GROUP", "zfs:POOL" or "tag:uuid=…"; two disks never share one.</returns>
    public static string Group(string source, string type)
    {
        if (type == "zfs" && !source.StartsWith('/'))
        {
            return $"zfs:{source.Split('/')[0]}";
        }

        if (NetworkTypes.IsTag(source))
        {
            var (name, value) =
                (source[..source.IndexOf('=', StringComparison.Ordinal)], source[(source.IndexOf('=', StringComparison.Ordinal) + 1)..]);
            return Tag(name, value);
        }

        return source.StartsWith("/dev/", StringComparison.Ordinal) ? DeviceGroup(source[5..].Split(':')[0]) : $"name:{source}";
    }

    /// <summary>Whether the key names a disk.</summary>
    public static bool IsDiskGroup(string group) => group.StartsWith("disk:", StringComparison.Ordinal);

    /// <summary>Whether the key names one file system or partition, and not its disk.</summary>
    public static bool IsTagGroup(string group) => group.StartsWith("tag:", StringComparison.Ordinal);

    /// <summary>Whether the source is a partition of the usual boot disk.</summary>
    public static bool IsPartOfFirstDisk(string source, string type) =>
        Group(source, type) is var group && Array.IndexOf(FirstDisks, group) >= 0 && source != $"/dev/{group["disk:".Length..]}";

    private static string Tag(string name, string value) =>
        name.ToLowerInvariant() is var tag && tag is "uuid" or "partuuid"
            ? $"tag:{tag}={value.Trim('"').ToLowerInvariant()}"
            : $"tag:{tag}={value.Trim('"')}";

    private static string DeviceGroup(string device)
    {
        switch (device.Split('/'))
        {
            case ["disk", ['b', 'y', '-', .. var name], .. var rest] when name is "uuid" or "label" or "partuuid" or "partlabel":
                return Tag(name, string.Join('/', rest));
            case ["disk", ..]:
                return $"disk:{WithoutPartition(device)}";
            case ["zvol", var pool, ..]:
                return $"zfs:{pool}";
            case ["mapper", var volume]:
                return $"lvm:{VolumeGroup(WithoutPartition(volume))}";
            case [var group, _] when Array.IndexOf(Folders, group) < 0:
                return $"lvm:{group}";
            default:
                return $"disk:{Disk(device)}";
        }
    }

    private static string WithoutPartition(string name) =>
        name.LastIndexOf("-part", StringComparison.Ordinal) is > 0 and var part && IsNumbered(name[part..], "-part") ? name[..part] : name;

    /// <summary>lvm(8) names mapper devices VG-LV and doubles hyphens inside names.</summary>
    private static string VolumeGroup(string volume) =>
        volume.Replace("--", "\0", StringComparison.Ordinal).Split('-')[0].Replace("\0", "-", StringComparison.Ordinal);

    /// <summary>sda1 belongs to sda, sdab is a disk itself; nvme0n1p2 and md0p1 have a p between two numbers.</summary>
    private static string Disk(string device)
    {
        var disk = device.TrimEnd(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
        bool IsLettered(string name) =>
            disk.Length > name.Length && disk.StartsWith(name, StringComparison.Ordinal)
            && disk[name.Length..].All(char.IsAsciiLetterLower);
        if (Array.Exists(LetteredDisks, IsLettered))
        {
            return disk;
        }

        return disk.Length < device.Length && disk is [.., >= '0' and <= '9', 'p'] ? disk[..^1] : device;
    }

    /// <summary>Whether the text is the name, optionally followed by a number.</summary>
    private static bool IsNumbered(string text, string name) =>
        text.StartsWith(name, StringComparison.Ordinal) && text[name.Length..].All(char.IsAsciiDigit);
}
