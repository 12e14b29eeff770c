using Thpc.NodeAgent.Host.Units;

namespace Thpc.NodeAgent.Tests.Host.Units;

public sealed class BootUnitsTests : IDisposable
{
    private readonly TemporaryNode _node = new();

    public void Dispose() => _node.Dispose();

    [Theory]
    [InlineData("/etc/systemd/system/multi-user.target.wants/munge.service", "munge.service")]
    [InlineData("/etc/systemd/system/sockets.target.wants/rpcbind.socket", "rpcbind.socket")]
    [InlineData("/etc/systemd/system/sleep.target.wants/gpu-suspend.service", "")]
    [InlineData("/etc/systemd/system/slurmd.service", "")]
    [InlineData("/etc/rc3.d/S01gridengine-exec", "gridengine-exec.service")]
    [InlineData("/etc/rc3.d/K01gridengine-exec", "")]
    [InlineData("/etc/rc3.d/README", "")]
    public void Enabled_units_are_existing_links_of_boot_targets(string link, string unit)
    {
        _node.Link(link, _node.On("/unit"));
        Assert.Empty(BootUnits.Enabled(_node.Root));

        _node.Write("/unit", "");
        File.SetUnixFileMode(_node.On("/unit"), (UnixFileMode)0b111_101_101);
        Assert.Equal(unit, string.Join(' ', BootUnits.Enabled(_node.Root)));
    }

    [Fact]
    public void Init_script_of_a_removed_package_is_ignored()
    {
        _node.Write("/etc/rc3.d/S01gridengine-exec", "#!/bin/sh\n");

        Assert.Empty(BootUnits.Enabled(_node.Root));
    }

    [Theory]
    [InlineData("/lib/systemd/system")]
    [InlineData("/etc/systemd/system")]
    public void Init_script_does_not_enable_a_unit_of_the_same_name(string folder)
    {
        _node.Write("/etc/rc3.d/S01ypbind", "#!/bin/sh\n");
        File.SetUnixFileMode(_node.On("/etc/rc3.d/S01ypbind"), (UnixFileMode)0b111_101_101);
        _node.Write($"{folder}/ypbind.service", "[Unit]\n");

        Assert.Empty(BootUnits.Enabled(_node.Root));
    }

    [Fact]
    public async Task Unpacked_image_starts_nothing()
    {
        var units = new BootUnits(_node.Root);
        _node.Write("/etc/systemd/system/multi-user.target.wants/munge.service", "[Unit]\n");

        await units.StartNewAsync(note => Assert.Fail(note), TestContext.Current.CancellationToken);
    }
}
