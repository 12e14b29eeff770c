using System.Net;
using System.Net.Sockets;

namespace Thpc.NodeAgent.Host;

/// <summary>Reaches for a TCP port.</summary>
internal static class Network
{
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

    /// <summary>The addresses of a host, by whatever the machine resolves names with.</summary>
    /// <exception cref="SocketException">The name does not resolve.</exception>
    /// <exception cref="TimeoutException">The resolver did not answer in time.</exception>
    public static Task<IPAddress[]> ResolveAsync(string host, TimeSpan limit, CancellationToken cancel) =>
        Dns.GetHostAddressesAsync(host.Trim('[', ']'), cancel).WaitAsync(limit, cancel);

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
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        timer.CancelAfter(limit);
        try
        {
            using var client = new TcpClient();
            // The resolver of libc knows no cancellation; waiting for it ends all the same.
            await client.ConnectAsync(host.Trim('[', ']'), port, timer.Token).AsTask().WaitAsync(timer.Token);
            return null;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode switch
            {
                SocketError.ConnectionRefused => $"{host} refused TCP {port}",
                SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData => $"the name {host} does not resolve",
                _ => $"{host} TCP {port}: {e.Message}",
            };
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return $"{host} did not answer on TCP {port} within {limit.TotalSeconds:0.#} s";
        }
    }
}
