using System.Net;
using System.Net.Sockets;
using Thpc.NodeAgent.Host.Native;

namespace Thpc.NodeAgent.SystemTests.Faults;

/// <summary>The servers in place of COS, and a run against each. All run in parallel, because many take their whole limit.</summary>
public sealed class CosFaults : IAsyncLifetime
{
    /// <summary>The shortest possible limit.</summary>
    internal const int Limit = 10;

    private const string Keys = "TENCENTCLOUD_SECRET_ID=AKIDtest TENCENTCLOUD_SECRET_KEY=hidden";

    private readonly Socket _hole = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly TcpClient _first = new();
    private readonly Socket _dns = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly List<IDisposable> _servers = [];
    private readonly Dictionary<string, Task<FaultEnd>> _ends = [];

    internal CosStandin Cos { get; private set; } = null!;

    internal CosStandin OtherName { get; private set; } = null!;

    internal CosStandin Expired { get; private set; } = null!;

    internal Uri Refusing { get; private set; } = null!;

    internal Uri Hole { get; private set; } = null!;

    /// <summary>The target of the redirect.</summary>
    internal CannedServer Elsewhere { get; private set; } = null!;

    internal CannedServer Redirecting { get; private set; } = null!;

    /// <summary>A name server on its own loopback address that never answers.</summary>
    internal const string SilentDns = "127.77.53.1";

    /// <summary>A loopback address without a server.</summary>
    internal const string NoDns = "127.77.53.2";

    internal Task<FaultEnd> EndOf(string name)
    {
        Needs.RootUser();
        return _ends[name];
    }

    public async ValueTask InitializeAsync()
    {
        if (NativeMethods.EffectiveUserId() != 0)
        {
            return;
        }

        Cos = Keep(await CosStandin.StartAsync());
        Cos.Put("once.sh", CosFaultTests.Once);
        OtherName = Keep(await StartTlsAsync("other-name"));
        Expired = Keep(await StartTlsAsync("expired"));
        Elsewhere = Keep(CannedServer.Of(200, "#!/bin/sh\n"));
        Redirecting = Keep(CannedServer.Of(302, "", $"Location: {Elsewhere.Url}echo.sh"));
        using (var listener = new TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            Refusing = new Uri($"http://{listener.LocalEndpoint}");
        }

        // A listener with a full queue: the kernel drops new connections, like a firewall that drops packets.
        _hole.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _hole.Listen(0);
        await _first.ConnectAsync((IPEndPoint)_hole.LocalEndPoint!);
        Hole = new Uri($"http://{_hole.LocalEndPoint}");
        _dns.Bind(new IPEndPoint(IPAddress.Parse(SilentDns), 53));
        foreach (var row in CosFaultTests.Rows)
        {
            _ends[row.Name] = RunAsync(row);
        }

        await Task.WhenAll(_ends.Values).ContinueWith(_ => { }, TaskScheduler.Default);
    }

    public ValueTask DisposeAsync()
    {
        _servers.ForEach(server => server.Dispose());
        _first.Dispose();
        _hole.Dispose();
        _dns.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<FaultEnd> RunAsync(CosFaultRow row)
    {
        using var fault = new FaultNode();
        var (endpoint, metadata) = (row.Endpoint(this), row.Metadata(this));
        fault.Node.Write(
            "/etc/thpc/node-agent.toml",
            TemporaryNode.Config.Replace(
                "endpoint = \"\"", $"endpoint = \"{metadata?.GetLeftPart(UriPartial.Authority)}\"", StringComparison.Ordinal));
        fault.Node.Configure($"""
            [cos]
            credentials = "{row.Credentials}"
            endpoint = "{endpoint?.GetLeftPart(UriPartial.Authority)}"
            [mount]
            timeout = 1
            attempt_timeout = 1
            [[init_script]]
            script_path = "{CosStandin.Location(row.Key)}"
            timeout = {row.Limit}
            """);
        if (row.Code is not null)
        {
            // The run must not reach this stage.
            fault.Node.Configure("[[cfs]]\nlocal_path = \"/data\"\nremote_path = \"127.0.0.1:/\"\nprotocol = \"NFS 4.0\"");
        }

        return await fault.BootstrapAsync(row.NameServer is null ? "" : $"""
            echo nameserver {row.NameServer} >"$out/resolv.conf"; mount --bind "$out/resolv.conf" /etc/resolv.conf
            echo hosts: dns >"$out/nsswitch.conf"; mount --bind "$out/nsswitch.conf" /etc/nsswitch.conf
            """, $"{Keys} SSL_CERT_FILE={CosStandin.Certificates}/ca.pem");
    }

    private T Keep<T>(T server)
        where T : IDisposable
    {
        _servers.Add(server);
        return server;
    }

    private static Task<CosStandin> StartTlsAsync(string certificate) =>
        CosStandin.StartAsync(
            "--tls-cert", Path.Combine(CosStandin.Certificates, certificate + ".pem"), "--tls-key",
            Path.Combine(CosStandin.Certificates, certificate + ".key"));
}
