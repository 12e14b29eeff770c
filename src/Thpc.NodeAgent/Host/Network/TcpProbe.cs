using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Host.Network;

/// <summary>Connects to TCP ports.</summary>
internal static class TcpProbe
{
    private const int MaxAddresses = 8;

    // The longest time for an address that is not the last. TCP repeats a lost SYN after 1 s.
    private static readonly TimeSpan MaxShare = TimeSpan.FromSeconds(1.2);

    /// <summary>Tries one address after the other until one accepts a connection.</summary>
    /// <returns>Null if one does; else the failure of the last one.</returns>
    public static async Task<LocalizedText?> DialAnyAsync(
        IEnumerable<(string Host, int Port)> addresses, TimeSpan limit, CancellationToken cancel)
    {
        LocalizedText? problem = null;
        foreach (var (host, port) in addresses)
        {
            problem = await DialAsync(host, port, limit, cancel);
            if (problem is null)
            {
                break;
            }
        }

        return problem;
    }

    /// <returns>This machine's source address for packets to that address; null if there is no route. Sends nothing.</returns>
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

    /// <summary>Connects and closes the connection.</summary>
    /// <returns>Null on success; else the failure, as a sentence.</returns>
    public static async Task<LocalizedText?> DialAsync(string host, int port, TimeSpan limit, CancellationToken cancel)
    {
        var (socket, problem) = await ConnectAsync(host, port, limit, cancel);
        socket?.Dispose();
        return problem;
    }

    /// <summary>Tries all addresses of a name, each with its share of the remaining time.</summary>
    /// <returns>The connection, or the failures as a sentence.</returns>
    public static async Task<(Socket? Socket, LocalizedText? Problem)> ConnectAsync(
        string host, int port, TimeSpan limit, CancellationToken cancel)
    {
        var start = TimeProvider.System.GetTimestamp();
        var (socket, problem) = await TryAllAsync(host, port, limit, cancel);
        VerboseLog.Write($"TCP {host} {port}", problem?.English ?? "connected", start);
        return (socket, problem);
    }

    private static async Task<(Socket? Socket, LocalizedText? Problem)> TryAllAsync(
        string host, int port, TimeSpan limit, CancellationToken cancel)
    {
        var start = TimeProvider.System.GetTimestamp();
        IPAddress[] addresses;
        try
        {
            addresses = await NameLookup.FindAsync(host, limit, cancel);
        }
        catch (NameResolutionException e)
        {
            return (null, e.Text);
        }

        List<LocalizedText> problems = [];
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
                    SocketException { SocketErrorCode: SocketError.ConnectionRefused } => Messages.PortRefused(name, port),
                    SocketException => $"{name} TCP {port}: {e.Message}",
                    _ => Messages.PortSilent(
                        name, port, (addresses.Length == 1 ? limit : share).TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture)),
                });
            }
        }

        NameLookup.Expire(host);
        return (null, LocalizedText.Join("; ", problems));
    }

    /// <summary>The ConnectCallback of an HTTP client, with this class's name look-up.</summary>
    /// <param name="limit">The client's ConnectTimeout.</param>
    /// <exception cref="NameResolutionException">The name does not resolve.</exception>
    /// <exception cref="ConnectionException">No address accepted the connection.</exception>
    public static async ValueTask<Stream> OpenAsync(DnsEndPoint server, TimeSpan limit, CancellationToken cancel)
    {
        // End before the client's own timeout, whose message does not tell a look-up from a connection.
        await NameLookup.FindAsync(server.Host, limit * 0.9, cancel);
        var (socket, problem) = await ConnectAsync(server.Host, server.Port, limit * 1.1, cancel);
        return socket is null ? throw new ConnectionException(problem!) : new NetworkStream(socket, ownsSocket: true);
    }
}
