using System.Net;
using System.Net.Sockets;
using Thpc.NodeAgent.Host.Network;

namespace Thpc.NodeAgent.Tests.Host.Network;

public sealed class TcpTableTests
{
    [Theory]
    [InlineData("   1: 0100007F:C350 5A031EAC:0801 02 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000000087ca2f72 100 "
        + "0 0 10 0", "172.30.3.90:2049", false)]
    [InlineData("   1: 0100007F:C350 0100007F:01BB 01 00000000:00000000 00:00000000 00000000     0        0 4711 1", "127.0.0.1:443", true)]
    [InlineData("   1: 00000000000000000000000001000000:C350 B80D01200000000000000000010000000:01BB 01 0:0 0:0 0 0 0 4711 1", null, false)]
    [InlineData("   1: 00000000000000000000000001000000:C350 B80D0120000000000000000001000000:01BB 01 0:0 0:0 0 0 0 4711 1",
        "[2001:db8::1]:443", true)]
    [InlineData("   1: 00000000000000000000000001000000:C350 0000000000000000FFFF00005A031EAC:0801 01 0:0 0:0 0 0 0 4711 1",
        "172.30.3.90:2049", true)]
    [InlineData("   0: 00000000:07E8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1059 1 0 100 0 0 10 0", null,
        false)]
    [InlineData("  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode", null, false)]
    [InlineData("", null, false)]
    public void Line_is_parsed_by_the_kernels_format(string line, string? remote, bool answered) =>
        Assert.Equal(remote is null ? null : new TcpConnection(4711, IPEndPoint.Parse(remote), answered), TcpTable.Parse(line));

    [Fact]
    public async Task Table_contains_a_connection_of_this_process()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, TestContext.Current.CancellationToken);
        Assert.Contains(TcpTable.Read(), connection => connection.Answered && connection.Remote.Equals(listener.LocalEndpoint));
    }
}
