using System.Net;
using System.Net.Sockets;

namespace Thpc.NodeAgent.Tests.Helpers;

/// <summary>Takes connections and never answers.</summary>
internal sealed class SilentServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public SilentServer() => _listener.Start();

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public Uri Url => new($"http://127.0.0.1:{Port}");

    public void Dispose() => _listener.Dispose();
}
