using System.Net;
using System.Net.Sockets;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Stages.Packages;

namespace Thpc.NodeAgent.SystemTests.Stages.Packages;

/// <summary>The real apt of this machine, in private copies of it, with repositories on the network.</summary>
public sealed class AptNetworkTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Package_is_installed_from_the_Debian_archive()
    {
        using var machine = PrivateMachine.Make();
        var stage = new PackagesStage(PackagesConfig.Extra("hello"), machine.Root);

        await PrivateMachine.RunAsync(Assert.Single((await stage.PlanAsync(Cancel)).Steps));

        var hello = Assert.Single((await stage.CheckAsync(Cancel)).Items).Installed;
        Assert.Equal(machine.Run("dpkg-query -W -f '${Version}' hello"), hello?.Version);
        Assert.Contains("Hello", machine.Run("hello"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Late_network_is_waited_for()
    {
        var port = FreePort();
        using var machine = PrivateMachine.MakeWithOwnRepository($"http://127.0.0.1:{port}");
        machine.AddDeb("extra-tool");
        machine.Run("rm -rf /var/lib/apt/lists/*");
        using var server = new HttpListener();
        server.Prefixes.Add($"http://127.0.0.1:{port}/");

        var notes = await PrivateMachine.RunAsync(await machine.StepAsync(PackagesConfig.Extra("extra-tool")), text =>
        {
            if (text.StartsWith("attempt 1: ", StringComparison.Ordinal) && !server.IsListening)
            {
                server.Start();
                _ = ServeAsync(server, machine.Root.On("/srv/repo"));
            }
        });

        Assert.Contains(notes, note => note.StartsWith("some package lists were not fetched: ", StringComparison.Ordinal));
        Assert.Equal(["extra-tool"], machine.AptInstalls());
    }

    [Fact]
    public async Task Missing_network_is_reported()
    {
        using var machine = PrivateMachine.MakeWithOwnRepository($"http://127.0.0.1:{FreePort()}");
        machine.Run("rm -rf /var/lib/apt/lists/*");

        var error = await machine.FailureAsync(PackagesConfig.Extra(6, 60, "extra-tool"));

        Assert.Equal(ErrorCode.PackagesFailed, error.Code);
        Assert.StartsWith("install extra-tool with apt-get: the repositories were not reached ", error.Message, StringComparison.Ordinal);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task ServeAsync(HttpListener server, string directory)
    {
        while (server.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await server.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            var path = directory + "/" + context.Request.Url!.AbsolutePath.Replace("/./", "/", StringComparison.Ordinal).TrimStart('/');
            if (File.Exists(path))
            {
                context.Response.ContentLength64 = new FileInfo(path).Length;
                await context.Response.OutputStream.WriteAsync(await File.ReadAllBytesAsync(path));
            }
            else
            {
                context.Response.StatusCode = 404;
            }

            context.Response.Close();
        }
    }
}
