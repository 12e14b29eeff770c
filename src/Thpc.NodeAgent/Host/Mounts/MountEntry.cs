namespace Thpc.NodeAgent.Host.Mounts;

/// <summary>One mount, as a line of mountinfo shows it (proc(5)).</summary>
/// <param name="Parent">The id of the mount that it lies on; of one that this process cannot see where it is the root.</param>
/// <param name="Device">Major and minor number of the file system: "8:4", "0:70".</param>
/// <param name="Root">The directory of the file system that is shown: not "/" for a bind of a part of it.</param>
/// <param name="MountPoint">As this process sees it, symbolic links resolved by the kernel.</param>
/// <param name="Options">Those of the mount and those of its file system, joined.</param>
internal sealed record MountEntry(
    int Id, int Parent, string Device, string Root, string MountPoint, string Type, string Source, string Options)
{
    // No list of types that may block is ever complete (autofs, beegfs, wekafs, smb3, virtiofs, 9p, gpfs, …). These never do.
    private static readonly HashSet<string> LocalTypes = new(StringComparer.Ordinal)
    {
        "ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "jfs", "reiserfs", "bcachefs", "zfs", "vfat", "exfat", "msdos", "ntfs3",
        "iso9660", "udf", "squashfs", "erofs", "cramfs", "romfs", "tmpfs", "ramfs", "rootfs", "devtmpfs", "devpts", "proc", "sysfs",
        "cgroup", "cgroup2", "securityfs", "selinuxfs", "debugfs", "tracefs", "configfs", "fusectl", "hugetlbfs", "mqueue", "pstore",
        "bpf", "efivarfs", "binfmt_misc", "nsfs", "rpc_pipefs", "nfsd", "overlay",
    };

    /// <summary>Whether a call on it can wait for a server, a daemon or an automounter: all that is not known as local.</summary>
    public bool MayBlock => !LocalTypes.Contains(Type) || LiesOnBlocking;

    /// <summary>Of an overlay: whether one of its layers lies on a mount that may block.</summary>
    public bool LiesOnBlocking { get; init; }

    /// <summary>Whether it waits for somebody to enter, and then mounts (autofs, systemd's automount units).</summary>
    public bool IsAutomount => Type == "autofs";

    /// <summary>Whether it shows the file system from its root, and not a directory of it bound there.</summary>
    public bool IsWhole => Root == "/";

    public bool IsReadOnly => Options.Split(',').Contains("ro");
}
