using Thpc.NodeAgent.Host.Mounts;

namespace Thpc.NodeAgent.Tests.Host.Mounts;

public sealed class MountUnitsTests
{
    [Fact]
    public void Units_are_read_in_systemds_order_of_directories()
    {
        using var node = new TemporaryNode();
        Write(node, "/etc/systemd/system/data.mount", "h:/mine");
        Write(node, "/usr/lib/systemd/system/data.mount", "h:/packaged");
        Write(node, "/usr/lib/systemd/system/tmp.mount", "tmpfs");
        Write(node, "/run/systemd/generator/opt.mount", "h:/of-fstab");
        node.Write("/etc/systemd/system/other.service", "[Service]\nExecStart=/bin/true\n");
        node.Write("/etc/systemd/system/nowhere.mount", "[Mount]\nWhat=x\n");
        File.CreateSymbolicLink(node.On("/etc/systemd/system/masked.mount"), "/dev/null");
        Assert.Equal(
            [("data.mount", "h:/mine", true), ("tmp.mount", "tmpfs", false)],
            MountUnits.Read(node.Root).Select(unit => (unit.Name, unit.What, unit.WinsOverFstab)));
    }

    [Theory]
    [InlineData("multi-user.target.wants/data.mount", true)]
    [InlineData("local-fs.target.requires/data.mount", true)]
    [InlineData("multi-user.target.wants/data.automount", true)]
    [InlineData("multi-user.target.wants/other.mount", false)]
    public void Unit_is_enabled_by_a_link_to_it_or_to_its_automount(string link, bool enabled)
    {
        using var node = new TemporaryNode();
        Write(node, "/etc/systemd/system/data.mount", "h:/");
        Directory.CreateDirectory(node.On($"/etc/systemd/system/{link.Split('/')[0]}"));
        File.CreateSymbolicLink(node.On($"/etc/systemd/system/{link}"), $"../{link.Split('/')[1]}");
        Assert.Equal(enabled, Assert.Single(MountUnits.Read(node.Root)).IsEnabled);
    }

    [Fact]
    public void Settings_have_defaults_and_the_last_value_wins()
    {
        using var node = new TemporaryNode();
        node.Write(
            "/etc/systemd/system/data.mount",
            "# Where=/comment\n[Unit]\nDescription=x\n[Mount]\nWhat = h:/a=b \nWhere=/first\nWhere=/data/\nOptions=vers=4.0,ro\n");
        Assert.Equal(
            new MountUnit("data.mount", "/data/", "h:/a=b", "auto", "vers=4.0,ro", IsEnabled: false, WinsOverFstab: true),
            Assert.Single(MountUnits.Read(node.Root)));
    }

    private static void Write(TemporaryNode node, string path, string what) =>
        node.Write(path, $"[Mount]\nWhat={what}\nWhere=/{Path.GetFileNameWithoutExtension(path)}\nType=nfs4\n");
}
