using System.Net;
using System.Net.NetworkInformation;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Network;

namespace Thpc.NodeAgent.Tests.Host.Network;

public sealed class OwnAddressesTests
{
    /// <summary>Two addresses, a link-local one, and a route to another host.</summary>
    private const string FibTrie =
        """
        Main:
          +-- 0.0.0.0/0 3 0 5
             |-- 0.0.0.0
                /0 universe UNICAST
             |-- 127.0.0.1
                /32 host LOCAL
             |-- 169.254.0.4
                /32 host LOCAL
             |-- 172.30.3.17
                /32 host LOCAL
             |-- 172.30.3.255
                /32 link BROADCAST
             |-- 10.0.0.9
                /32 universe UNICAST
             |-- 10.1.0.7
                /32 host LOCAL
        Local:
             |-- 172.30.3.17
                /32 host LOCAL
        """;

    [Fact]
    public void Loopback_link_local_and_foreign_addresses_are_left_out() => Assert.Equal(
        ["10.1.0.7", "172.30.3.17", "2001:db8::17"],
        OwnAddresses.Parse(
            FibTrie,
            """
            20010db8000000000000000000000017 02 40 00 80     eth0
            00000000000000000000000000000001 01 80 10 80       lo
            fe80000000000000505400fffe123456 02 40 20 80     eth0
            zz
            """));

    [Fact]
    public void This_machine_has_the_addresses_that_the_framework_finds()
    {
        var expected =
            from card in NetworkInterface.GetAllNetworkInterfaces()
            from address in card.GetIPProperties().UnicastAddresses.Select(unicast => unicast.Address)
            where !IPAddress.IsLoopback(address) && !address.IsIPv6LinkLocal
                && !address.ToString().StartsWith("169.254.", StringComparison.Ordinal)
            select new IPAddress(address.GetAddressBytes()).ToString();
        Assert.Equal(
            expected.Distinct().Order(StringComparer.Ordinal), OwnAddresses.Read(new NodeRoot("/")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Unpacked_image_has_no_addresses()
    {
        using var node = new TemporaryNode();
        Assert.Empty(OwnAddresses.Read(node.Root));
    }
}
