using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Tests.Host;

public sealed class MountTableTests
{
    [Theory]
    [InlineData("36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue", "/mnt2", "ext3", "/dev/root", "rw,noatime,rw,errors=continue")]
    [InlineData("24 1 0:22 / /proc rw,nosuid - proc proc rw", "/proc", "proc", "proc", "rw,nosuid,rw")]
    [InlineData("24 1 0:22 / /run rw shared:5 master:1 propagate_from:2 - tmpfs tmpfs rw,size=100k", "/run", "tmpfs", "tmpfs", "rw,rw,size=100k")]
    [InlineData("99 1 0:50 / /data rw,relatime shared:60 - nfs4 127.0.0.1:/ rw,vers=4.0,rsize=524288,hard,noresvport,proto=tcp,timeo=600", "/data", "nfs4", "127.0.0.1:/", "rw,relatime,rw,vers=4.0,rsize=524288,hard,noresvport,proto=tcp,timeo=600")]
    [InlineData("99 1 0:50 /sub /data rw - nfs 172.30.3.90:/j25ey5tz/hpc-kjddsnfa/opt/ rw,vers=3", "/data", "nfs", "172.30.3.90:/j25ey5tz/hpc-kjddsnfa/opt/", "rw,rw,vers=3")]
    [InlineData("99 1 0:50 / /a\\040b\\011c\\012d\\134e rw - nfs4 h:/x\\040y rw", "/a b\tc\nd\\e", "nfs4", "h:/x y", "rw,rw")]
    [InlineData("99 1 0:50 / /\xE6\x95\xB0 rw - nfs4 h:/ rw", "/数", "nfs4", "h:/", "rw,rw")]
    [InlineData("99 1 0:50 / /none rw - tmpfs  rw", "/none", "tmpfs", "", "rw,rw")]
    [InlineData("99 1 0:50 / /x rw - fuse.goosefs-fuse goosefs-fuse rw,user_id=0", "/x", "fuse.goosefs-fuse", "goosefs-fuse", "rw,rw,user_id=0")]
    [InlineData("99 1 0:50 - - rw - tmpfs - rw", "-", "tmpfs", "-", "rw,rw")]
    public void A_line_is_read_as_the_kernel_means_it(string line, string mountPoint, string type, string source, string options) =>
        Assert.Equal(new MountEntry(mountPoint, type, source, options), Assert.Single(MountTable.Parse(line + "\n").Entries));

    [Fact]
    public void Of_several_mounts_on_a_directory_the_last_is_seen()
    {
        var table = MountTable.Parse("1 0 0:1 / / rw - ext4 /dev/vda1 rw\n2 1 0:2 / /data rw - nfs4 h:/old rw\n3 2 0:3 / /data rw - nfs4 h:/new rw\n4 1 0:4 / /data2 rw - tmpfs tmpfs rw\n");
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
    public void A_path_lies_on_the_nearest_mount_above_it(string path, string? source) =>
        Assert.Equal(source, MountTable.Parse("1 0 0:1 / / rw - ext4 /dev/vda1 rw\n2 1 0:2 / /data rw - nfs4 h:/ rw\n3 2 0:3 / /data/sub rw - nfs4 h:/sub rw\n").Over(path)?.Source);

    [Fact]
    public void A_mount_that_a_later_one_above_it_hides_is_not_seen()
    {
        const string Sub = "2 1 0:2 / /data/sub rw - nfs4 h:/sub rw\n";
        const string Data = "3 1 0:3 / /data rw - nfs4 h:/ rw\n";
        const string Root = "1 0 0:1 / / rw - ext4 /dev/vda1 rw\n";
        Assert.Null(MountTable.Parse(Root + Sub + Data).At("/data/sub"));
        Assert.Equal("h:/", MountTable.Parse(Root + Sub + Data).At("/data")!.Source);
        Assert.Equal("h:/sub", MountTable.Parse(Root + Data + Sub).At("/data/sub")!.Source);

        // The root may be moved to its place after what is below it, by an initial RAM disk.
        Assert.Equal("h:/sub", MountTable.Parse(Sub + Root).At("/data/sub")!.Source);
    }

    [Fact]
    public void What_is_below_a_directory_is_not_what_begins_like_it() =>
        Assert.Equal(
            ["/data/a", "/data/a/b"],
            MountTable.Parse("1 0 0:1 / /data rw - tmpfs t rw\n2 1 0:2 / /data/a rw - tmpfs t rw\n3 1 0:3 / /data2 rw - tmpfs t rw\n4 1 0:4 / /data/a/b rw - tmpfs t rw\n").Below("/data").Select(entry => entry.MountPoint));

    [Theory]
    [InlineData("ro,relatime - nfs4 h:/ rw", true)]
    [InlineData("rw,relatime - nfs4 h:/ ro,vers=4.0", true)]
    [InlineData("rw,relatime - nfs4 h:/ rw,proto=tcp", false)]
    public void Read_only_is_the_mount_or_its_file_system(string rest, bool readOnly) =>
        Assert.Equal(readOnly, Assert.Single(MountTable.Parse($"1 0 0:1 / /data {rest}\n").Entries).IsReadOnly);

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("36 35 98:0 / /mnt rw")]
    [InlineData("36 35 98:0 / /mnt rw -")]
    [InlineData("36 35 98:0 / /mnt rw - ext4")]
    public void What_is_no_line_is_passed_over(string text) => Assert.Empty(MountTable.Parse(text).Entries);

    [Fact]
    public void The_running_machine_has_a_root() => Assert.NotNull(MountTable.Read().At("/"));
}
