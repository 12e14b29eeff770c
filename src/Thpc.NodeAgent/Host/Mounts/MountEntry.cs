namespace Thpc.NodeAgent.Host.Mounts;

/// <summary>One mount, from a line of mountinfo (proc(5)).</summary>
/// <param name="Parent">The id of the mount below it; for the root, an id that is not in the table.</param>
/// <param name="Device">Major and minor number of the file system: "8:4", "0:70".</param>
/// <param name="Root">The mounted directory of the file system; not "/" for a bind mount of a subdirectory.</param>
/// <param name="MountPoint">A path of this process, without symbolic links.</param>
/// <param name="Options">The options of the mount and of its file system, joined.</param>
internal sealed record MountEntry(
    int Id, int Parent, string Device, string Root, string MountPoint, string Type, string Source, string Options)
{
    // A list of types that may block could never be complete (autofs, beegfs, wekafs, smb3, virtiofs, 9p, gpfs, …). These never block.
    private static readonly HashSet<string> LocalTypes = new(StringComparer.Ordinal)
    {
        "ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "jfs", "reiserfs", "bcachefs", "zfs", "vfat", "exfat", "msdos", "ntfs3",
        "iso9660", "udf", "squashfs", "erofs", "cramfs", "romfs", "tmpfs", "ramfs", "rootfs", "devtmpfs", "devpts", "proc", "sysfs",
        "cgroup", "cgroup2", "securityfs", "selinuxfs", "debugfs", "tracefs", "configfs", "fusectl", "hugetlbfs", "mqueue", "pstore",
        "bpf", "efivarfs", "binfmt_misc", "nsfs", "rpc_pipefs", "nfsd", "overlay",
    };

    /// <summary>Whether a call on it may wait for a server, a daemon or an automounter: true for all types not known as local.</summary>
    public bool MayBlock => !LocalTypes.Contains(Type) || LiesOnBlocking;

    /// <summary>Whether it is an overlay with a layer on a mount that may block.</summary>
    public bool LiesOnBlocking { get; init; }

    /// <summary>Whether it is an automount point that mounts on first access (autofs, systemd's automount units).</summary>
    public bool IsAutomount => Type == "autofs";

    /// <summary>Whether it shows the whole file system, not a bind mount of a subdirectory.</summary>
    public bool IsWhole => Root == "/";

    public bool IsReadOnly => Options.Split(',').Contains("ro");
}
