using Thpc.NodeAgent.Configuration;

namespace Thpc.NodeAgent.Tests.Configuration;

public sealed class FleetTests
{
    private const string Section = Configs.Cluster + "[fleet]\n";

    [Fact]
    public void Nothing_is_left_unless_somebody_wants_it() => Assert.Null(Configs.Load(Configs.Cluster).Config.FleetDirectory);

    [Theory]
    [InlineData("/opt/thpc/fleet")]
    [InlineData("/opt/thpc/fleet/")]
    public void The_directory_is_shown_with_its_origin(string path)
    {
        var loaded = Configs.Load($"{Section}directory = \"{path}\"\n");
        Assert.Equal("/opt/thpc/fleet", loaded.Config.FleetDirectory);
        Assert.Contains(new EffectiveSetting("fleet.directory", path, $"{Configs.File}:5"), loaded.Settings);
    }

    [Theory]
    [InlineData("fleet", "is not absolute; begin it with /")]
    [InlineData("/opt/../fleet", "is not normal")]
    [InlineData("/opt//fleet", "is not normal")]
    [InlineData("/", "is the system's root")]
    [InlineData("/etc/fleet", "belongs to the system")]
    public void What_cannot_be_is_complained_of(string path, string expected) =>
        Assert.Contains(expected, Assert.Single(Configs.Diagnostics($"{Section}directory = \"{path}\"\n")), StringComparison.Ordinal);
}
