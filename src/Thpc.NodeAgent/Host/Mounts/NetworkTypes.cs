namespace Thpc.NodeAgent.Host.Mounts;

/// <summary>Recognizes lines of fstab that mount from another machine.</summary>
internal static class NetworkTypes
{
    // Also with the prefix "fuse.", and as NAME#SOURCE with the type fuse.
    private static readonly HashSet<string> Types = Split(
        "nfs nfs4 lustre goosefs goosefs-fuse alluxio-fuse cifs smb3 smbfs smbnetfs efs ceph ceph-fuse glusterfs beegfs beegfs_nodev fhgfs "
        + "gpfs wekafs pvfs2 orangefs daos dfuse juicefs moosefs mfs lizardfs quobyte seaweedfs cosfs s3fs goofys ossfs obsfs gcsfuse "
        + "blobfuse "
        + "blobfuse2 mount-s3 rclone rclonefs sshfs davfs davfs2 davs webdav curlftpfs afs coda ncpfs 9p virtiofs hdfs xtreemfs cvmfs");

    // Types that mount from this machine even with the option _netdev.
    private static readonly HashSet<string> Local = Split(
        "none swap overlay aufs unionfs mergerfs tmpfs ramfs proc sysfs devpts cgroup cgroup2 zfs hugetlbfs debugfs securityfs efivarfs "
            + "bind");

    private static readonly string[] Tags = ["UUID=", "LABEL=", "PARTUUID=", "PARTLABEL=", "ID="];

    public static bool IsNetwork(BootMountEntry line)
    {
        if (line.IsBind)
        {
            return false;
        }

        return IsNetworkType(line.Type)
            || (line.Type == "fuse" && line.Source.IndexOf('#', StringComparison.Ordinal) is > 0 and var end
                && IsNetworkType(line.Source[..end]))
            || (line.Type == "auto"
                && (line.Source.StartsWith("//", StringComparison.Ordinal) || line.Source.Contains(":/", StringComparison.Ordinal)))
            || (line.HasOption("_netdev") && !line.Source.StartsWith('/') && !IsTag(line.Source)
                && !Local.Contains(WithoutFuse(line.Type)));
    }

    public static bool IsNetworkType(string type) =>
        Types.Contains(WithoutFuse(type)) || type.StartsWith("fuse.goosefs", StringComparison.Ordinal);

    /// <summary>Whether the source is a tag of a file system or partition, such as UUID=….</summary>
    public static bool IsTag(string source) => Array.Exists(Tags, tag => source.StartsWith(tag, StringComparison.Ordinal));

    private static HashSet<string> Split(string text) => new(text.Split(' '), StringComparer.Ordinal);

    private static string WithoutFuse(string type) => type.StartsWith("fuse.", StringComparison.Ordinal) ? type[5..] : type;
}
