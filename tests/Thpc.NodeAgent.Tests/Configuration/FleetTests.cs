using Thpc.NodeAgent.Configuration;

namespace Thpc.NodeAgent.Tests.Configuration;

public sealed class FleetTests
{
    private const string Section = Configs.Cluster + "[fleet]\n";

    [Fact]
    public void No_fleet_directory_by_default() => Assert.Null(Configs.Load(Configs.Cluster).Config.FleetDirectory);

    [Theory]
    [InlineData("/opt/thpc/fleet")]
    [InlineData("/opt/thpc/fleet/")]
    public void Directory_is_an_effective_setting_with_origin(string path)
    {
        var loaded = Configs.Load($"{Section}directory = \"{path}\"\n");
        Assert.Equal("/opt/thpc/fleet", loaded.Config.FleetDirectory);
        Assert.Contains(new EffectiveSetting("fleet.directory", path, $"{Configs.File}:5"), loaded.Settings);
    }

    [Theory]
    [InlineData("fleet", "is not absolute; begin it with /")]
    [InlineData("/opt/../fleet", "contains //, . or ..")]
    [InlineData("/opt//fleet", "contains //, . or ..")]
    [InlineData("/", "is the system's root")]
    [InlineData("/etc/fleet", "belongs to the system")]
    public void Invalid_directory_gives_a_diagnostic(string path, string expected) =>
        Assert.Contains(expected, Assert.Single(Configs.Diagnostics($"{Section}directory = \"{path}\"\n")), StringComparison.Ordinal);
}
