using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Thpc.NodeAgent.Host.Network;

/// <summary>Reaches for a TCP port.</summary>
internal static class TcpProbe
{
    private const int MaxAddresses = 8;

    // Of an address after which there is another. A request that is lost is sent again after a second.
    private static readonly TimeSpan MaxShare = TimeSpan.FromSeconds(1.2);

    /// <summary>Tries one address after the other until one accepts.</summary>
    /// <returns>Null once one does; else what came back from the last of them.</returns>
    public static async Task<string?> DialAnyAsync(IEnumerable<(string Host, int Port)> addresses, TimeSpan limit, CancellationToken cancel)
    {
        string? silence = null;
        foreach (var (host, port) in addresses)
        {
            silence = await DialAsync(host, port, limit, cancel);
            if (silence is null)
            {
                break;
            }
        }

        return silence;
    }

    /// <returns>The address of this machine from which it would reach the other one; null where no route leads there. Sends nothing.</returns>
    public static IPAddress? SourceFor(IPAddress address)
    {
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(address, 9);
            return (socket.LocalEndPoint as IPEndPoint)?.Address;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    /// <summary>Connects and hangs up.</summary>
    /// <returns>Null if somebody accepted; else what came back, for a message.</returns>
    public static async Task<string?> DialAsync(string host, int port, TimeSpan limit, CancellationToken cancel)
    {
        var (socket, problem) = await ConnectAsync(host, port, limit, cancel);
        socket?.Dispose();
        return problem;
    }

    /// <summary>Tries every address that a name has, each with its share of the time that is left.</summary>
    /// <returns>The connection; or else what came back, for a message.</returns>
    public static async Task<(Socket? Socket, string? Problem)> ConnectAsync(string host, int port, TimeSpan limit, CancellationToken cancel)
    {
        var start = TimeProvider.System.GetTimestamp();
        IPAddress[] addresses;
        try
        {
            addresses = await NameLookup.FindAsync(host, limit, cancel);
        }
        catch (NameResolutionException e)
        {
            return (null, e.Message);
        }

        List<string> problems = [];
        addresses = [.. addresses.Take(MaxAddresses)];
        for (var i = 0; i < addresses.Length; i++)
        {
            var left = limit - TimeProvider.System.GetElapsedTime(start);
            var share = i == addresses.Length - 1 || left / (addresses.Length - i) < MaxShare ? left / (addresses.Length - i) : MaxShare;
            var name = addresses.Length == 1 ? host : $"{host} ({addresses[i]})";
            var socket = new Socket(addresses[i].AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            timer.CancelAfter(share > TimeSpan.Zero ? share : TimeSpan.Zero);
            try
            {
                await socket.ConnectAsync(addresses[i], port, timer.Token);
                return (socket, null);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                socket.Dispose();
                cancel.ThrowIfCancellationRequested();
                problems.Add(e switch
                {
                    SocketException { SocketErrorCode: SocketError.ConnectionRefused } => $"{name} refused TCP {port}",
                    SocketException => $"{name} TCP {port}: {e.Message}",
                    _ => string.Create(CultureInfo.InvariantCulture, $"{name} did not answer on TCP {port} within {(addresses.Length == 1 ? limit : share).TotalSeconds:0.#} s"),
                });
            }
        }

        return (null, string.Join("; ", problems));
    }

    /// <summary>For an HTTP client's ConnectCallback: by the look-up and the addresses of this door.</summary>
    /// <param name="limit">The client's own ConnectTimeout, which ends it with words of its own.</param>
    /// <exception cref="SocketException">HostNotFound where the name does not resolve.</exception>
    /// <exception cref="IOException">No address of it could be connected to.</exception>
    public static async ValueTask<Stream> OpenAsync(DnsEndPoint server, TimeSpan limit, CancellationToken cancel)
    {
        try
        {
            // Before the client's own end, which does not tell a name from a connection.
            await NameLookup.FindAsync(server.Host, limit * 0.9, cancel);
        }
        catch (NameResolutionException e)
        {
            throw new SocketException((int)SocketError.HostNotFound, e.Message);
        }

        var (socket, problem) = await ConnectAsync(server.Host, server.Port, limit * 1.1, cancel);
        return socket is null ? throw new IOException(problem) : new NetworkStream(socket, ownsSocket: true);
    }
}
