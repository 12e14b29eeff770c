using Thpc.NodeAgent.Host.Units;
using Thpc.NodeAgent.Tests.Support;

namespace Thpc.NodeAgent.Tests.Host;

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
    public void What_a_boot_starts_is_what_somebody_enabled_and_is_there(string link, string unit)
    {
        _node.Link(link, _node.On("/unit"));
        Assert.Empty(BootUnits.Enabled(_node.Root));

        _node.Write("/unit", "");
        File.SetUnixFileMode(_node.On("/unit"), (UnixFileMode)0b111_101_101);
        Assert.Equal(unit, string.Join(' ', BootUnits.Enabled(_node.Root)));
    }

    [Fact]
    public void An_init_script_that_its_package_left_behind_is_not_started()
    {
        _node.Write("/etc/rc3.d/S01gridengine-exec", "#!/bin/sh\n");

        Assert.Empty(BootUnits.Enabled(_node.Root));
    }

    [Theory]
    [InlineData("/lib/systemd/system")]
    [InlineData("/etc/systemd/system")]
    public void A_unit_that_nobody_enabled_is_not_started_for_its_old_init_script(string folder)
    {
        _node.Write("/etc/rc3.d/S01ypbind", "#!/bin/sh\n");
        File.SetUnixFileMode(_node.On("/etc/rc3.d/S01ypbind"), (UnixFileMode)0b111_101_101);
        _node.Write($"{folder}/ypbind.service", "[Unit]\n");

        Assert.Empty(BootUnits.Enabled(_node.Root));
    }

    [Fact]
    public async Task In_an_unpacked_image_nothing_is_started()
    {
        var units = new BootUnits(_node.Root);
        _node.Write("/etc/systemd/system/multi-user.target.wants/munge.service", "[Unit]\n");

        await units.StartNewAsync(note => Assert.Fail(note), TestContext.Current.CancellationToken);
    }
}
