using System.Net;
using System.Net.Sockets;
using Thpc.NodeAgent.Host.Network;

namespace Thpc.NodeAgent.Tests.Host.Network;

public sealed class ServerDialerTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Server_of_many_mounts_is_dialled_once_until_a_mount_fails()
    {
        var dialer = new ServerDialer();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        IReadOnlyList<(string, int)> server = [("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port)];
        Assert.All(await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => dialer.DialAnyAsync(server, Limit, Cancel))), Assert.Null);
        (await listener.AcceptTcpClientAsync(Cancel)).Dispose();
        Assert.False(listener.Pending());
        dialer.Forget(server);
        Assert.Null(await dialer.DialAnyAsync(server, Limit, Cancel));
        (await listener.AcceptTcpClientAsync(Cancel)).Dispose();
    }

    [Fact]
    public async Task Server_that_was_down_is_dialled_again()
    {
        var dialer = new ServerDialer();
        using var stopped = new TcpListener(IPAddress.Loopback, 0);
        stopped.Start();
        var port = ((IPEndPoint)stopped.LocalEndpoint).Port;
        IReadOnlyList<(string, int)> server = [("127.0.0.1", port)];
        stopped.Stop();
        using var listener = new TcpListener(IPAddress.Loopback, port);
        Assert.Contains("refused TCP", (await dialer.DialAnyAsync(server, Limit, Cancel))?.English, StringComparison.Ordinal);
        listener.Start();
        Assert.Null(await dialer.DialAnyAsync(server, Limit, Cancel));
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;
}
