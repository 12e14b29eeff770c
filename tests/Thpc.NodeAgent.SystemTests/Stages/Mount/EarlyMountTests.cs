using System.Net;
using System.Net.Sockets;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.SystemTests.Stages.Mount;

/// <summary>What happens for the mounts while an init script runs. The stand-in for mount.nfs mounts a tmpfs.</summary>
public sealed class EarlyMountTests
{
    private const string Mount = "mount -i -n -t tmpfs -o size=64k \"$1\" \"$2\"\n";

    [Fact]
    public async Task Server_is_dialled_while_the_script_runs()
    {
        using var node = new TemporaryNode();
        using var server = Server();
        Configure(node, server, early: false);
        node.AddScript("a.sh", $"#!/bin/sh\nuntil [ -e '{node.On("/dialled")}' ]; do sleep 0.02; done\n");
#pragma warning disable CA2025 // It is awaited below.
        var run = RunAsync(node, Mount);
#pragma warning restore CA2025
        (await server.AcceptTcpClientAsync(TestContext.Current.CancellationToken)).Dispose();
        node.Write("/dialled", "");
        Assert.Contains("bootstrap 0\n", await run, StringComparison.Ordinal);

        // The mount itself is made after the script, and does not dial again.
        var (script, mount) = (node.Report().Stages[1], node.Report().Stages[2]);
        Assert.True(mount.StartedMs >= script.StartedMs + script.DurationMs);
        Assert.False(server.Pending());
    }

    [Fact]
    public async Task Early_mount_does_not_wait_for_the_script()
    {
        using var node = new TemporaryNode();
        using var server = Server();
        Configure(node, server, early: true);
        node.AddScript("a.sh", $"#!/bin/sh\nuntil grep -q ' {node.On("/data")} ' /proc/self/mountinfo; do sleep 0.02; done\n");
        Assert.Contains("bootstrap 0\n", await RunAsync(node, Mount), StringComparison.Ordinal);
        var report = node.Report();
        Assert.Equal(
            [("packages", Outcome.Skipped), ("script", Outcome.Succeeded), ("mount", Outcome.Succeeded)],
            report.Stages.Select(stage => (stage.Name, stage.Outcome)));
        Assert.True(report.Stages[2].StartedMs < report.Stages[1].StartedMs + report.Stages[1].DurationMs);
    }

    [Fact]
    public async Task Early_mount_survives_a_script_that_fails()
    {
        using var node = new TemporaryNode();
        using var server = Server();
        Configure(node, server, early: true);
        node.AddScript("a.sh", $"#!/bin/sh\nsetsid sleep 600 &\nuntil [ -e '{node.On("/begun")}' ]; do sleep 0.02; done\n"
            + $"echo $! >'{node.On("/left")}'\nexit 3\n");

        // The mount is in progress while all that the script has started is ended.
        var (begun, left) = (node.On("/begun"), node.On("/left"));
        var output = await RunAsync(
            node, $": >'{begun}'\nuntil left=$(cat '{left}') && ! kill -0 \"$left\"; do sleep 0.02; done\n" + Mount);
        Assert.Contains("bootstrap 1\n", output, StringComparison.Ordinal);
        Assert.Contains($" {node.On("/data")} ", output, StringComparison.Ordinal);
        var report = node.Report();
        Assert.Equal("SCRIPT_FAILED", report.FirstError?.Code);
        Assert.Equal([Outcome.Failed, Outcome.Succeeded], report.Stages.Skip(1).Select(stage => stage.Outcome));
        Assert.Empty(report.Stages[2].Steps[0].Notes);
        Assert.Contains("127.0.98.4:/ /data nfs4 ", node.Read("/etc/fstab"), StringComparison.Ordinal);
        Assert.False(node.Has("/run/thpc-node-agent/ready"));
    }

    private static TcpListener Server()
    {
        var server = new TcpListener(IPAddress.Parse("127.0.98.4"), 0);
        server.Start();
        return server;
    }

    private static void Configure(TemporaryNode node, TcpListener server, bool early) => node.Configure($"""
        [mount]
        early = {(early ? "true" : "false")}
        [[cfs]]
        local_path = "/data"
        remote_path = "127.0.98.4:/"
        protocol = "NFS 4.0"
        mount_option = "vers=4.0,port={((IPEndPoint)server.LocalEndpoint).Port}"
        """);

    private static Task<string> RunAsync(TemporaryNode node, string helper)
    {
        Needs.Program("clang");
        Needs.Program("mount.nfs");
        node.Write("/mount.nfs", "#!/bin/sh\nexec 2>/dev/null\n" + helper);
        return MountNamespace.RunAsync(node, $"""
            clang -O1 -shared -fPIC -o "$node/mounts.so" '{Repository.Root}/tests/kill/mounts.c'
            chmod 755 "$node/mount.nfs"; mount --bind "$node/mount.nfs" "$(command -v mount.nfs)"
            export LD_PRELOAD=$node/mounts.so
            agent bootstrap; echo "bootstrap $?"
            cat /proc/self/mountinfo
            """);
    }
}
