using Thpc.NodeAgent.Stages.Image;

namespace Thpc.NodeAgent.Tests.Stages.Image;

/// <summary>Examples from autofs(5), auto.master(5), and the maps of packages.</summary>
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
    public void Network_entries_are_recognised(string line, bool isNetwork) =>
        Assert.Equal(isNetwork, AutofsMaps.FindNetworkMount(Assert.Single(Read(line + "\n")).Fields, null) is not null);

    [Fact]
    public void Entry_type_overrides_master_map_type()
    {
        Assert.NotNull(AutofsMaps.FindNetworkMount(Read("a :share")[0].Fields, "virtiofs"));
        Assert.Null(AutofsMaps.FindNetworkMount(Read("a -fstype=ext4 :/dev/vdb")[0].Fields, "virtiofs"));
    }

    [Fact]
    public void Backslash_continues_an_entry()
    {
        var entries =
            Read("# none \\\n", "a h:/a\n", "\n", "server -rw / -ro h:/ \\\n", "\t/usr h:/usr \\\n", " /home h:/home\n", "z h:/z");
        Assert.Equal([(1, 1), (3, 3), (6, 1)], entries.Select(entry => (entry.First, entry.Count)));
        Assert.Equal(["server", "-rw", "/", "-ro", "h:/", "/usr", "h:/usr", "/home", "h:/home"], entries[1].Fields);
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
    public void Map_location_is_a_file_or_another_source(string map, string? file, string? other) =>
        Assert.Equal((file, other), AutofsMaps.Locate(map));

    private static List<(int First, int Count, IReadOnlyList<string> Fields)> Read(params string[] lines)
    {
        List<(int, int, IReadOnlyList<string>)> entries = [];
        for (var reader = new AutofsReader(lines); reader.Read();)
        {
            entries.Add((reader.First, reader.Count, reader.Fields));
        }

        return entries;
    }
}
