using Thpc.NodeAgent.Stages.Image;

namespace Thpc.NodeAgent.Tests.Stages.Image;

public sealed class MacAddressLinesTests
{
    private const string Address = "52:54:00:12:34:56";

    [Theory]
    [InlineData("Ifcfg", $"DEVICE=eth0\nHWADDR={Address}\nONBOOT=yes\n", "1", "", "")]
    [InlineData("Ifcfg", $"DEVICE=eth0\nHWADDR=\"{Address}\"\nMACADDR={Address}\n", "1 2", "", "")]
    [InlineData("Ifcfg", $"DEVICE=eth0\nMACADDR={Address}\n", "", "", "1")]
    [InlineData("Ifcfg", $"HWADDR={Address}\nBOOTPROTO=dhcp\n", "", "0", "")]
    [InlineData("Ifcfg", $"DEVICE=eth0\n#HWADDR={Address}\nHWADDR=\n", "", "", "")]
    [InlineData("KeyFile", $"[connection]\ninterface-name=eth0\n[ethernet]\nmac-address={Address}\n", "3", "", "")]
    [InlineData("KeyFile", $"[connection]\nid=a\n[802-3-ethernet]\nmac-address={Address}\n", "", "3", "")]
    [InlineData("KeyFile", $"[connection]\ninterface-name=eth0\n[ethernet]\ncloned-mac-address={Address}\n", "", "", "3")]
    [InlineData("KeyFile", "[ethernet]\ncloned-mac-address=stable\nmac-address-blacklist=\n", "", "", "")]
    [InlineData("KeyFile", $"[bridge]\nmac-address={Address}\n", "", "", "")]
    [InlineData("Networkd", $"[Match]\nMACAddress={Address}\nName=eth0\n[Network]\nDHCP=yes\n", "1", "", "")]
    [InlineData("Networkd", $"[Match]\nMACAddress={Address}\n[Network]\nDHCP=yes\n", "", "1", "")]
    [InlineData("Networkd", $"[Match]\nPermanentMACAddress={Address}\n[Link]\nName=lan0\n", "", "1", "")]
    [InlineData("Networkd", $"[Match]\nName=eth0\n[Link]\nMACAddress={Address}\n", "", "", "3")]
    [InlineData("Netplan",
        $"network:\n  ethernets:\n    eth0:\n      match:\n        macaddress: {Address}\n        name: eth*\n      dhcp4: true\n", "4", "",
        "")]
    [InlineData("Netplan", $"network:\n  ethernets:\n    eth0:\n      match:\n        macaddress: {Address}\n      set-name: eth0\n", "",
        "4", "")]
    [InlineData("Netplan", $"network:\n  ethernets:\n    eth0:\n      match: {{macaddress: {Address}}}\n", "", "3", "")]
    [InlineData("Netplan",
        $"network:\n  ethernets:\n    eth0:\n      match: # c\n        driver: virtio\n\n        # c\n        macaddress: {Address}", "7",
        "", "")]
    [InlineData("Netplan", $"network:\n  bonds:\n    bond0:\n      macaddress: {Address}\n", "", "", "3")]
    [InlineData("Netplan", "network:\n  ethernets:\n    eth0:\n      dhcp4: true\n", "", "", "")]
    public void Lines_with_a_MAC_address_are_classified(string format, string text, string removable, string essential, string assigned)
    {
        var lines = MacAddressLines.Find(text, Enum.Parse<NetworkFormat>(format));
        Assert.Equal(
            (removable, essential, assigned),
            (string.Join(' ', lines.Removable), string.Join(' ', lines.Essential), string.Join(' ', lines.Assigned)));
        var left = MacAddressLines.Without(text, Enum.Parse<NetworkFormat>(format));
        Assert.Equal(
            text.Split('\n').Where((_, number) => !lines.Removable.Contains(number)),
            removable.Length == 0 || text.EndsWith('\n') ? left.Split('\n') : left.TrimEnd('\n').Split('\n'));
    }
}
