using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Configuration.Sections;

namespace Thpc.NodeAgent.Tests.Configuration;

public sealed class MetricsTests
{
    private const string Section = Configs.Cluster + "[metrics]\n";

    [Fact]
    public void There_are_none_unless_somebody_wants_them() => Assert.Null(Configs.Load(Configs.Cluster).Config.MetricsTextfile);

    [Fact]
    public void The_file_is_shown_with_its_origin()
    {
        var loaded = Configs.Load($"{Section}textfile = \"/var/lib/x/thpc.prom\"\n");
        Assert.Equal("/var/lib/x/thpc.prom", loaded.Config.MetricsTextfile);
        Assert.Contains(new EffectiveSetting("metrics.textfile", "/var/lib/x/thpc.prom", $"{Configs.File}:5"), loaded.Settings);
    }

    [Theory]
    [InlineData("thpc.prom", "is not absolute; begin it with /")]
    [InlineData("/var/lib/x/thpc.txt", "does not end in .prom")]
    [InlineData("/var/../thpc.prom", "is not normal")]
    [InlineData("/data/thpc.prom", "is in /data, where every node would write it")]
    public void What_cannot_be_is_complained_of(string path, string expected) =>
        Assert.Contains(expected, Assert.Single(Configs.Diagnostics($"{Section}textfile = \"{path}\"\n[[cfs]]\nlocal_path = \"/data\"\nremote_path = \"h:/\"\n")), StringComparison.Ordinal);

    [Theory]
    [InlineData("[nonsense]\nx = 1\n[metrics]\ntextfile = \"/a/b.prom\"\n", "/a/b.prom")]
    [InlineData("[metrics]\ntextfile = \"a.prom\"\n", null)]
    [InlineData("[metrics]\ntextfile = 1\n", null)]
    [InlineData("metrics = 1\n", null)]
    [InlineData("[metrics\n", null)]
    [InlineData("", null)]
    public void Of_a_text_that_is_refused_the_file_is_known_if_it_can_be(string text, string? expected) => Assert.Equal(expected, MetricsReader.Find(text));
}
