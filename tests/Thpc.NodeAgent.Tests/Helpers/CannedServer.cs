using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Thpc.NodeAgent.Tests.Helpers;

/// <summary>Answers every request with the same bytes, for invalid or unusual responses.</summary>
internal sealed class CannedServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly string _answer;
    private int _requests;

    public CannedServer(string answer)
    {
        _answer = answer;
        _listener.Start();
        _ = ServeAsync();
    }

    public Uri Url => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    public int Requests => _requests;

    /// <returns>A server whose response has this status, body and additional headers.</returns>
    public static CannedServer Of(int status, string body, params string[] headers) =>
        new($"HTTP/1.1 {status} Canned\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n"
            + $"{string.Concat(headers.Select(header => header + "\r\n"))}Connection: close\r\n\r\n{body}");

    public void Dispose() => _listener.Dispose();

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync();
                var stream = client.GetStream();
                var request = new byte[8192];
                await stream.ReadAtLeastAsync(request, 16);
                Interlocked.Increment(ref _requests);
                await stream.WriteAsync(Encoding.UTF8.GetBytes(_answer));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
        {
            // The test has ended.
        }
    }
}
