using Thpc.NodeAgent.Host.Mounts;

namespace Thpc.NodeAgent.Tests.Host.Mounts;

public sealed class MountTreeTests
{
    [Theory]
    [InlineData("36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue", "/mnt2", "ext3", "/dev/root",
        "rw,noatime,rw,errors=continue")]
    [InlineData("24 1 0:22 / /proc rw,nosuid - proc proc rw", "/proc", "proc", "proc", "rw,nosuid,rw")]
    [InlineData("24 1 0:22 / /run rw shared:5 master:1 propagate_from:2 - tmpfs tmpfs rw,size=100k", "/run", "tmpfs", "tmpfs",
        "rw,rw,size=100k")]
    [InlineData("99 1 0:50 / /data rw,relatime shared:60 - nfs4 127.0.0.1:/ rw,vers=4.0,rsize=524288,hard,noresvport,proto=tcp,timeo=600",
        "/data", "nfs4", "127.0.0.1:/", "rw,relatime,rw,vers=4.0,rsize=524288,hard,noresvport,proto=tcp,timeo=600")]
    [InlineData("99 1 0:50 /sub /data rw - nfs 172.30.3.90:/j25ey5tz/hpc-kjddsnfa/opt/ rw,vers=3", "/data", "nfs",
        "172.30.3.90:/j25ey5tz/hpc-kjddsnfa/opt/", "rw,rw,vers=3")]
    [InlineData("99 1 0:50 / /a\\040b\\011c\\012d\\134e rw - nfs4 h:/x\\040y rw", "/a b\tc\nd\\e", "nfs4", "h:/x y", "rw,rw")]
    [InlineData("99 1 0:50 / /\xE6\x95\xB0 rw - nfs4 h:/ rw", "/数", "nfs4", "h:/", "rw,rw")]
    [InlineData("99 1 0:50 / /none rw - tmpfs  rw", "/none", "tmpfs", "", "rw,rw")]
    [InlineData("99 1 0:50 / /x rw - fuse.goosefs-fuse goosefs-fuse rw,user_id=0", "/x", "fuse.goosefs-fuse", "goosefs-fuse",
        "rw,rw,user_id=0")]
    [InlineData("99 1 0:50 - - rw - tmpfs - rw", "-", "tmpfs", "-", "rw,rw")]
    public void Line_is_parsed_by_the_kernels_format(string line, string mountPoint, string type, string source, string options) =>
        Assert.Equal(
            (mountPoint, type, source, options),
            Assert.Single(MountTree.Parse(line + "\n").Entries) is var entry
                ? (entry.MountPoint, entry.Type, entry.Source, entry.Options)
                : default);

    [Fact]
    public void Line_has_ids_device_and_root() =>
        Assert.Equal(
            new MountEntry(36, 35, "98:0", "/mnt1", "/mnt2", "ext3", "/dev/root", "rw,noatime,rw,errors=continue"),
            Assert.Single(MountTree.Parse("36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue").Entries));

    [Fact]
    public void Last_mount_on_a_directory_is_visible()
    {
        var table = MountTree.Parse("1 0 0:1 / / rw - ext4 /dev/vda1 rw\n2 1 0:2 / /data rw - nfs4 h:/old rw\n3 2 0:3 / /data rw - nfs4 "
            + "h:/new rw\n4 1 0:4 / /data2 rw - tmpfs tmpfs rw\n");
        Assert.Equal("h:/new", table.At("/data")!.Source);
        Assert.Null(table.At("/data/x"));
        Assert.Equal(4, table.Entries.Count);
    }

    [Theory]
    [InlineData("/data", "h:/")]
    [InlineData("/data/a/b", "h:/")]
    [InlineData("/data/sub/x", "h:/sub")]
    [InlineData("/data2/x", "/dev/vda1")]
    [InlineData("/", "/dev/vda1")]
    [InlineData("pipe:[17]", null)]
    [InlineData("", null)]
    public void Path_lies_on_the_nearest_mount_above(string path, string? source) =>
        Assert.Equal(
            source, MountTree.Parse("1 0 0:1 / / rw - ext4 /dev/vda1 rw\n2 1 0:2 / /data rw - nfs4 h:/ rw\n3 2 0:3 / /data/sub rw - nfs4 "
                + "h:/sub rw\n").FindCovering(path)?.Source);

    [Fact]
    public void Mount_hidden_by_a_later_one_above_is_not_visible()
    {
        const string Root = "1 0 0:1 / / rw - ext4 /dev/vda1 rw\n";
        const string Data = "3 1 0:3 / /data rw - nfs4 h:/ rw\n";
        var hidden = MountTree.Parse($"{Root}2 1 0:2 / /data/sub rw - nfs4 h:/sub rw\n{Data}");
        Assert.Null(hidden.At("/data/sub"));
        Assert.Equal("h:/", hidden.At("/data")!.Source);
        Assert.Empty(hidden.VisibleBelow("/data"));

        // The parent id decides, not the order of the lines: `mount --move` does not move the line in the table.
        var moved = MountTree.Parse($"{Root}2 3 0:2 / /data/sub rw - nfs4 h:/sub rw\n{Data}");
        Assert.Equal("h:/sub", moved.At("/data/sub")!.Source);
        Assert.Equal(["/data/sub"], moved.VisibleBelow("/data").Select(entry => entry.MountPoint));
        Assert.Equal([2], moved.Above(moved.At("/data")!).Select(entry => entry.Id));

        // An initial RAM disk may stay below the root.
        Assert.Equal("/dev/vda1", MountTree.Parse($"{Root}0 0 0:9 / / rw - rootfs rootfs rw\n").At("/")!.Source);
    }

    [Fact]
    public void Layers_begin_with_the_lowest()
    {
        var tree = MountTree.Parse("1 0 0:1 / / rw - ext4 /dev/vda1 rw\n4 3 0:4 / /data rw - fuse.goosefs-fuse goosefs-fuse rw\n2 1 0:2 "
            + "/ /data rw - autofs systemd-1 rw\n3 2 8:1 / /data rw - xfs /dev/vdb rw\n");
        Assert.Equal(["autofs", "xfs", "fuse.goosefs-fuse"], tree.Layers("/data").Select(layer => layer.Type));
        Assert.Equal(4, tree.At("/data")!.Id);
        Assert.Equal(["/data", "/data"], tree.Above(tree.Layers("/data")[0]).Select(entry => entry.MountPoint));
    }

    [Theory]
    [InlineData("ext4 /dev/vda1 rw", false)]
    [InlineData("tmpfs tmpfs rw", false)]
    [InlineData("nfs4 h:/ rw", true)]
    [InlineData("lustre 10.0.0.1@tcp:/fs rw", true)]
    [InlineData("autofs systemd-1 rw", true)]
    [InlineData("fuse.bindfs bindfs rw", true)]
    [InlineData("fuseblk /dev/sdb1 rw", true)]
    [InlineData("beegfs beegfs_nodev rw", true)]
    [InlineData("a-type-of-next-year x rw", true)]
    [InlineData("overlay overlay rw,lowerdir=/etc:/var,upperdir=/up,workdir=/work", false)]
    [InlineData("overlay overlay rw,lowerdir=/etc:/share/base,upperdir=/up,workdir=/work", true)]
    [InlineData("overlay overlay rw,lowerdir+=/share/base,upperdir=/up,workdir=/work", true)]
    public void Only_known_local_types_do_not_block(string rest, bool mayBlock) =>
        Assert.Equal(
            mayBlock,
            MountTree.Parse($"1 0 0:1 / / rw - ext4 /dev/vda1 rw\n2 1 0:2 / /share rw - nfs4 h:/ rw\n3 1 0:3 / /x rw - {rest}\n")
                .At("/x")!.MayBlock);

    [Fact]
    public void Neighbour_with_a_longer_name_is_not_below()
    {
        var tree = MountTree.Parse(
            "1 0 0:1 / / rw - ext4 /dev/vda1 rw\n2 1 0:2 / /data rw - nfs4 h:/ rw\n3 1 0:3 / /data2 rw - nfs4 h:/ rw\n"
            + "4 2 0:4 / /data/deep rw - nfs4 h:/ rw\n");
        Assert.Equal(["/data/deep"], tree.VisibleBelow("/data").Select(entry => entry.MountPoint));
        Assert.Equal(["/data", "/data2", "/data/deep"], tree.VisibleBelow("/").Select(entry => entry.MountPoint));
    }

    [Theory]
    [InlineData("autofs", true)]
    [InlineData("nfs4", false)]
    [InlineData("fuse.autofs", false)]
    public void Automount_is_autofs(string type, bool isAutomount) =>
        Assert.Equal(isAutomount, MountTree.Parse($"1 0 0:1 / /data rw - {type} x rw\n").At("/data")!.IsAutomount);

    [Theory]
    [InlineData("ro,relatime - nfs4 h:/ rw", true)]
    [InlineData("rw,relatime - nfs4 h:/ ro,vers=4.0", true)]
    [InlineData("rw,relatime - nfs4 h:/ rw,proto=tcp", false)]
    public void Read_only_applies_to_mount_or_file_system(string rest, bool readOnly) =>
        Assert.Equal(readOnly, Assert.Single(MountTree.Parse($"1 0 0:1 / /data {rest}\n").Entries).IsReadOnly);

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("36 35 98:0 / /mnt rw")]
    [InlineData("36 35 98:0 / /mnt rw -")]
    [InlineData("36 35 98:0 / /mnt rw - ext4")]
    public void Invalid_lines_are_skipped(string text) => Assert.Empty(MountTree.Parse(text).Entries);

    [Fact]
    public void Running_machine_has_a_root() => Assert.NotNull(MountTree.Read().At("/"));
}
