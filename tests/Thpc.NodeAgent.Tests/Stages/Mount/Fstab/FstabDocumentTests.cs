using System.Globalization;
using CsCheck;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Stages.Mount.Fstab;

namespace Thpc.NodeAgent.Tests.Stages.Mount.Fstab;

public sealed class FstabDocumentTests
{
    private static readonly FstabEntry Data =
        new("172.30.3.90:/", "/data", "nfs", $"hard,nofail,{NodePaths.ClusterTag}{FstabTexts.ClusterId}");
    private const string DataLine = "172.30.3.90:/ /data nfs hard,nofail,x-thpc.cluster=hpc-8hje8h12 0 0\n";

    [Theory]
    [InlineData("", DataLine)]
    [InlineData("# c\n", "# c\n" + DataLine)]
    [InlineData("# no line feed", "# no line feed\n" + DataLine)]
    [InlineData("a b c\r\n\r\n", "a b c\r\n\r\n" + DataLine)]
    [InlineData("\0\n", "\0\n" + DataLine)]
    [InlineData("x /data nfs rw,x-thpc.cluster=hpc-8hje8h12 0 0", DataLine)]
    [InlineData("a /a ext4\nx /data/ nfs rw,x-thpc.cluster=hpc-00000000\nb /b ext4\n", "a /a ext4\n" + DataLine + "b /b ext4\n")]
    [InlineData("x /data nfs x-thpc.cluster=a\n# c\nx //data nfs x-thpc.cluster=a\n", DataLine + "# c\n")]
    [InlineData("x /data nfs rw\n", "x /data nfs rw\n" + DataLine)]
    [InlineData("#x /data nfs x-thpc.cluster=a\n", "#x /data nfs x-thpc.cluster=a\n" + DataLine)]
    [InlineData("x /data2 nfs x-thpc.cluster=a\nx /data/y nfs x-thpc.cluster=a\n",
        "x /data2 nfs x-thpc.cluster=a\nx /data/y nfs x-thpc.cluster=a\n" + DataLine)]
    [InlineData("x /data nfs rw,comment=x-thpc.cluster=a\n", "x /data nfs rw,comment=x-thpc.cluster=a\n" + DataLine)]
    public void Own_line_is_replaced_in_place_and_new_line_is_appended(string before, string after) =>
        Assert.Equal(after, FstabDocument.Parse(before).With(Data).Text);

    [Fact]
    public void Without_removes_only_own_lines_of_mount_point() =>
        Assert.Equal(
            "# c\nx /data nfs rw\nx /opt nfs x-thpc.cluster=a\n",
            FstabDocument.Parse("# c\nx /data nfs rw\nx /data nfs x-thpc.cluster=b\nx /opt nfs x-thpc.cluster=a\n").Without("/data").Text);

    [Fact]
    public void Special_bytes_are_escaped_into_one_field()
    {
        var entry = Data with { Source = "h:/a b", MountPoint = "/x\ty\\040\nz#é" };
        Assert.Equal("h:/a\\040b /x\\011y\\134040\\012z#Ã© nfs hard,nofail,x-thpc.cluster=hpc-8hje8h12 0 0\n", entry.ToLine());
        Assert.Equal(entry, Assert.Single(FstabDocument.Parse(entry.ToLine()).Lines).Entry);
    }

    [Theory]
    [InlineData("", "/data")]
    [InlineData("#h:/", "/data")]
    [InlineData("h:/\0", "/data")]
    [InlineData("h:/", "/da\0ta")]
    public void Inexpressible_entries_are_rejected(string source, string mountPoint) =>
        Assert.Equal(
            "FSTAB_INVALID",
            Assert.Throws<AgentException>(
                () => FstabDocument.Parse("").With(Data with { Source = source, MountPoint = mountPoint })).Code.Name);

    [Fact]
    public void Lone_surrogate_is_rejected() =>
        Assert.Equal(
            "FSTAB_INVALID",
            Assert.Throws<AgentException>(() => FstabDocument.Parse("").With(Data with { MountPoint = "/é\uD800" })).Code.Name);

    [Fact]
    public void Lines_have_numbers_and_owners()
    {
        var fstab = FstabDocument.Parse("# c\n\na /a ext4 defaults 0 1\nx /data/ nfs rw,x-thpc.cluster=hpc-00000000\nb /data nfs rw\n");
        Assert.Equal([1, 2, 3, 4, 5], fstab.Lines.Select(line => line.Number));
        Assert.Equal([(4, "hpc-00000000"), (5, null)], fstab.At("/data").Select(line => (line.Number, line.Entry!.Cluster)));
    }

    [Fact]
    public void Name_with_invalid_UTF8_matches_no_other_name() =>
        Assert.Empty(FstabDocument.Parse("x /\xE9 nfs x-thpc.cluster=a\n").At("/é"));

    [Fact]
    public void Foreign_bytes_are_preserved_in_any_table() =>
        Gen.Select(FstabTexts.Tables, FstabTexts.Entries).Sample((text, entry) =>
        {
            var before = FstabDocument.Parse(text);
            Assert.Equal(text, before.Text);
            var with = before.With(entry);
            var without = with.Without(entry.MountPoint);
            Assert.Equal(Ended(Foreign(before, entry)), Ended(Foreign(with, entry)));
            Assert.Equal(Ended(Foreign(before, entry)), Ended(without.Text));
            Assert.Equal([entry], with.At(entry.MountPoint).Select(line => line.Entry!).Where(line => line.Cluster is not null));
            Assert.Equal(with.Text, with.With(entry).Text);
            Assert.Equal(without.Text, without.Without(entry.MountPoint).Text);
        });

    [Fact]
    public void With_then_Without_restores_table() =>
        Gen.Select(FstabTexts.Tables, FstabTexts.Entries).Sample((text, entry) =>
        {
            var before = FstabDocument.Parse(text).Without(entry.MountPoint);
            Assert.Equal(Ended(before.Text), before.With(entry).Without(entry.MountPoint).Text);
        });

    [Fact]
    public void Own_line_keeps_its_position() =>
        Gen.Select(FstabTexts.Tables, FstabTexts.Tables, FstabTexts.Entries).Sample((above, below, entry) =>
        {
            above = Ended(FstabDocument.Parse(above).Without(entry.MountPoint).Text);
            below = FstabDocument.Parse(below).Without(entry.MountPoint).Text;
            var old = (entry with { Source = "old:/", Options = $"{NodePaths.ClusterTag}hpc-00000000" }).ToLine();
            Assert.Equal(above + entry.ToLine() + below, FstabDocument.Parse(above + old + below).With(entry).Text);
        });

    [Fact]
    public void Ten_thousand_lines_are_handled()
    {
        var text = string.Concat(Enumerable.Range(0, 10_000)
            .Select(number => string.Create(CultureInfo.InvariantCulture, $"/dev/sd{number}\t/mnt/{number} ext4  defaults 0 2\n")));
        Assert.Equal(text + DataLine, FstabDocument.Parse(text).With(Data).Text);
    }

    private static string Foreign(FstabDocument fstab, FstabEntry entry) =>
        string.Concat(
            fstab.Lines.Except(fstab.At(entry.MountPoint).Where(line => line.Entry!.Cluster is not null)).Select(line => line.Raw));

    private static string Ended(string text) => text.Length == 0 || text.EndsWith('\n') ? text : text + "\n";
}
