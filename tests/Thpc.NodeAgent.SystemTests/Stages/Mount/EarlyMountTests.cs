using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.SystemTests.Stages.Mount;

/// <summary>What happens for the mounts while an init script runs. The stand-in for mount.nfs mounts a tmpfs.</summary>
public sealed class EarlyMountTests
{
    [Fact]
    public async Task Server_is_dialled_while_the_script_runs()
    {
        using var node = new TemporaryNode();
        using var server = NfsStandin.Serve();
        node.Configure("[mount]\nearly = false\n" + NfsStandin.Storage(server, "/data"));
        node.AddScript("a.sh", $"#!/bin/sh\nuntil [ -e '{node.On("/dialled")}' ]; do sleep 0.02; done\n");
#pragma warning disable CA2025 // It is awaited below.
        var run = RunAsync(node, NfsStandin.Mount);
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
        using var server = NfsStandin.Serve();
        node.Configure("[mount]\nearly = true\n" + NfsStandin.Storage(server, "/data"));
        node.AddScript("a.sh", $"#!/bin/sh\nuntil grep -q ' {node.On("/data")} ' /proc/self/mountinfo; do sleep 0.02; done\n");
        Assert.Contains("bootstrap 0\n", await RunAsync(node, NfsStandin.Mount), StringComparison.Ordinal);
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
        using var server = NfsStandin.Serve();
        node.Configure("[mount]\nearly = true\n" + NfsStandin.Storage(server, "/data"));
        node.AddScript("a.sh", $"#!/bin/sh\nsetsid sleep 600 &\nuntil [ -e '{node.On("/begun")}' ]; do sleep 0.02; done\n"
            + $"echo $! >'{node.On("/left")}'\nexit 3\n");

        // The mount is in progress while all that the script has started is ended.
        var (begun, left) = (node.On("/begun"), node.On("/left"));
        var output = await RunAsync(
            node, $": >'{begun}'\nuntil left=$(cat '{left}') && ! kill -0 \"$left\"; do sleep 0.02; done\n" + NfsStandin.Mount);
        Assert.Contains("bootstrap 1\n", output, StringComparison.Ordinal);
        Assert.Contains($" {node.On("/data")} ", output, StringComparison.Ordinal);
        var report = node.Report();
        Assert.Equal("SCRIPT_FAILED", report.FirstError?.Code);
        Assert.Equal([Outcome.Failed, Outcome.Succeeded], report.Stages.Skip(1).Select(stage => stage.Outcome));
        Assert.Empty(report.Stages[2].Steps[0].Notes);
        Assert.Contains("127.0.98.4:/ /data nfs4 ", node.Read("/etc/fstab"), StringComparison.Ordinal);
        Assert.False(node.Has("/run/thpc-node-agent/ready"));
    }

    /// <summary>Only while a script runs does the agent adopt orphans; it would not notice their end later.</summary>
    [Fact]
    public async Task Orphans_of_a_mount_after_the_script_belong_to_init()
    {
        using var node = new TemporaryNode();
        using var server = NfsStandin.Serve();
        node.Configure(NfsStandin.Storage(server, "/data"));
        node.AddScript("a.sh", "#!/bin/sh\n");
        var orphan = node.On("/orphan");
        var output = await RunAsync(
            node, $"sh -c 'sleep 60 & echo $! >{orphan}'\ngrep PPid /proc/$(cat {orphan})/status >{orphan}\n" + NfsStandin.Mount);
        Assert.Contains("bootstrap 0\n", output, StringComparison.Ordinal);
        Assert.Equal("PPid:\t1\n", node.Read("/orphan"));
    }

    private static Task<string> RunAsync(TemporaryNode node, string helper) =>
        NfsStandin.RunAsync(node, "agent bootstrap; echo \"bootstrap $?\"; cat /proc/self/mountinfo", helper);
}
