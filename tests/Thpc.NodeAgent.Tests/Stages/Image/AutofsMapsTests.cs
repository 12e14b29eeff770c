using Thpc.NodeAgent.Stages.Image;

namespace Thpc.NodeAgent.Tests.Stages.Image;

/// <summary>The examples of autofs(5) and auto.master(5), and of the maps that packages bring.</summary>
public sealed class AutofsMapsTests
{
    [Theory]
    [InlineData("kernel    -ro,soft            ftp.kernel.org:/pub/linux", true)]
    [InlineData("boot      -fstype=ext2        :/dev/hda1", false)]
    [InlineData("windoze   -fstype=smbfs       ://windoze/c", true)]
    [InlineData("cd\t\t-fstype=iso9660,ro,nosuid,nodev\t:/dev/cdrom", false)]
    [InlineData("server -rw,hard / -ro myserver.me.org:/ /usr myserver.me.org:/usr", true)]
    [InlineData("/nfs/apps/mozilla             bogus:/usr/local/moxill", true)]
    [InlineData("*         server:/export/home/&", true)]
    [InlineData("path host1(3),host2(5):/path/pathA", true)]
    [InlineData("a -fstype=lustre 10.0.0.1@tcp:/1/cfs", true)]
    [InlineData("a -fstype=ceph,name=x 10.0.0.5:6789:/", true)]
    [InlineData("a -fstype=fuse,rw :sshfs\\#u@10.0.0.7:/x", true)]
    [InlineData("a -fstype=fuse.sshfs :u@10.0.0.7\\:/x", true)]
    [InlineData("a -fstype=fuse :bindfs\\#/x", false)]
    [InlineData("a -fstype=bind :/srv/x", false)]
    [InlineData("a -fstype=autofs file:/etc/auto.sub", false)]
    [InlineData("\"with blank\" h:/x", true)]
    [InlineData("mixed /a :/srv/a /b h:/b", true)]
    [InlineData("+auto.more", false)]
    public void Entries_that_mount_from_a_network(string line, bool isNetwork) =>
        Assert.Equal(isNetwork, AutofsMaps.Network(Assert.Single(Read(line + "\n")).Words, null) is not null);

    [Fact]
    public void Type_of_the_master_map_counts_until_an_entry_has_its_own()
    {
        Assert.NotNull(AutofsMaps.Network(Read("a :share")[0].Words, "virtiofs"));
        Assert.Null(AutofsMaps.Network(Read("a -fstype=ext4 :/dev/vdb")[0].Words, "virtiofs"));
    }

    [Fact]
    public void Entries_are_continued_on_lines_that_follow_a_backslash()
    {
        var entries = Read("# none \\\n", "a h:/a\n", "\n", "server -rw / -ro h:/ \\\n", "\t/usr h:/usr \\\n", " /home h:/home\n", "z h:/z");
        Assert.Equal([(1, 1), (3, 3), (6, 1)], entries.Select(entry => (entry.First, entry.Count)));
        Assert.Equal(["server", "-rw", "/", "-ro", "h:/", "/usr", "h:/usr", "/home", "h:/home"], entries[1].Words);
    }

    [Theory]
    [InlineData("/etc/auto.misc", "/etc/auto.misc", null)]
    [InlineData("auto.home", "/etc/auto.home", null)]
    [InlineData("file:/etc/auto.x", "/etc/auto.x", null)]
    [InlineData("file,sun:/etc/auto.x", "/etc/auto.x", null)]
    [InlineData("program:/usr/sbin/map", null, "program:/usr/sbin/map")]
    [InlineData("yp:auto.home", null, "yp:auto.home")]
    [InlineData("ldap:ou=auto.home,dc=x", null, "ldap:ou=auto.home,dc=x")]
    [InlineData("-hosts", null, null)]
    [InlineData("-null", null, null)]
    [InlineData("../../outside", null, "../../outside")]
    [InlineData("/etc/../outside", null, "/etc/../outside")]
    public void Maps_are_files_or_others(string map, string? file, string? other) => Assert.Equal((file, other), AutofsMaps.Locate(map));

    private static List<(int First, int Count, IReadOnlyList<string> Words)> Read(params string[] lines)
    {
        List<(int, int, IReadOnlyList<string>)> entries = [];
        for (var reader = new AutofsReader(lines); reader.Read();)
        {
            entries.Add((reader.First, reader.Count, reader.Words));
        }

        return entries;
    }
}
