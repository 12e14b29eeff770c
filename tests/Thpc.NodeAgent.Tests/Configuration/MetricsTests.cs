using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Configuration.Sections;

namespace Thpc.NodeAgent.Tests.Configuration;

public sealed class MetricsTests
{
    private const string Section = Configs.Cluster + "[metrics]\n";

    [Fact]
    public void No_metrics_file_by_default() => Assert.Null(Configs.Load(Configs.Cluster).Config.MetricsTextfile);

    [Fact]
    public void File_is_an_effective_setting_with_origin()
    {
        var loaded = Configs.Load($"{Section}textfile = \"/var/lib/x/thpc.prom\"\n");
        Assert.Equal("/var/lib/x/thpc.prom", loaded.Config.MetricsTextfile);
        Assert.Contains(new EffectiveSetting("metrics.textfile", "/var/lib/x/thpc.prom", $"{Configs.File}:5"), loaded.Settings);
    }

    [Theory]
    [InlineData("thpc.prom", "is not absolute; begin it with /")]
    [InlineData("/var/lib/x/thpc.txt", "does not end in .prom")]
    [InlineData("/var/../thpc.prom", "contains //, . or ..")]
    [InlineData("/data/thpc.prom", "is in /data, where every node would write the same file")]
    public void Invalid_file_gives_a_diagnostic(string path, string expected) =>
        Assert.Contains(
            expected,
            Assert.Single(Configs.Diagnostics($"{Section}textfile = \"{path}\"\n[[cfs]]\nlocal_path = \"/data\"\nremote_path = \"h:/\"\n")),
            StringComparison.Ordinal);

    [Theory]
    [InlineData("[nonsense]\nx = 1\n[metrics]\ntextfile = \"/a/b.prom\"\n", "/a/b.prom")]
    [InlineData("[metrics]\ntextfile = \"a.prom\"\n", null)]
    [InlineData("[metrics]\ntextfile = 1\n", null)]
    [InlineData("metrics = 1\n", null)]
    [InlineData("[metrics\n", null)]
    [InlineData("", null)]
    public void File_is_found_in_a_configuration_with_other_errors(string text, string? expected) =>
        Assert.Equal(expected, MetricsReader.Find(text));
}
