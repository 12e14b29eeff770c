using System.Net.Sockets;

namespace Thpc.NodeAgent.Host;

/// <summary>Reaches for a TCP port.</summary>
internal static class Network
{
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
