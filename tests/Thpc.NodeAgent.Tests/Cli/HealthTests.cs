using System.Text.Json;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Tests.Support;

namespace Thpc.NodeAgent.Tests.Cli;

/// <summary>Mounts that are alive, and servers that die under them, are in the boot test.</summary>
public sealed class HealthTests
{
    [Fact]
    public async Task A_mount_that_is_not_there_is_named_with_its_code()
    {
        using var node = Node();
        var run = await Agent.RunAsync(node, "health");
        Assert.Equal((5, "MOUNT_MISSING /data: nothing is mounted at /data\n"), (run.ExitCode, run.Output));
    }

    [Fact]
    public async Task As_json_it_is_a_list_of_mounts()
    {
        using var node = Node();
        var run = await Agent.RunAsync(node, "health", "--json");
        using var json = JsonDocument.Parse(run.Output);
        var mount = Assert.Single(json.RootElement.EnumerateArray());
        Assert.Equal(("/data", "fail", "MOUNT_MISSING"), (mount.GetProperty("local_path").GetString(), mount.GetProperty("state").GetString(), mount.GetProperty("code").GetString()));
    }

    [Fact]
    public async Task A_node_without_storage_is_healthy()
    {
        using var node = new TemporaryNode();
        Assert.Equal(0, (await Agent.RunAsync(node, "health")).ExitCode);
    }

    [Theory]
    [InlineData("MOUNT_TIMEOUT /data: it is silent", "IDLE", "update nodename=node417 state=drain reason=thpc: MOUNT_TIMEOUT /data")]
    [InlineData("MOUNT_TIMEOUT /data: it is silent", "IDLE+DRAIN", "")]
    [InlineData("ok: /data", "IDLE", "")]
    public async Task The_health_check_of_slurm_drains_a_sick_node_once(string health, string state, string expected)
    {
        Needs.RootUser();
        using var node = new TemporaryNode();
        const UnixFileMode Executable = UnixFileMode.UserRead | UnixFileMode.UserExecute;
        File.SetUnixFileMode(node.Write("/bin/thpc-node-agent", $"#!/bin/sh\necho '{health}'\necho 'MOUNT_MISSING /other: x'\nexit 5\n"), Executable);
        File.SetUnixFileMode(node.Write("/bin/scontrol", $"#!/bin/sh\n[ \"$1\" != show ] && echo \"$@\" >>'{node.On("/called")}' || echo 'NodeName=node417 State={state} Reason=x'\n"), Executable);
        var check = Path.Combine(Agent.Repository, "images/slurm/thpc-health-check");
        var run = await Tool.RunAsync(
            ["unshare", "--mount", "--", "sh", "-c", "mount --bind \"$1/bin\" /usr/local/bin && SLURMD_NODENAME=node417 exec \"$2\"", "sh", node.Directory, check],
            TimeSpan.FromMinutes(1),
            TestContext.Current.CancellationToken);
        Assert.True(run.ExitCode == 0, run.Output);
        Assert.Equal(expected, node.Has("/called") ? node.Read("/called").Trim() : "");
    }

    [Fact]
    public void Slurm_is_told_in_two_lines()
    {
        string[] lines = [.. File.ReadLines(Path.Combine(Agent.Repository, "images/slurm/slurm.conf")).Where(line => !line.StartsWith('#'))];
        Assert.Equal(["HealthCheckProgram=/usr/local/sbin/thpc-health-check", "HealthCheckInterval=60"], lines);
    }

    [Fact]
    public async Task Storage_that_was_added_to_the_live_node_alone_should_be_there_too()
    {
        using var node = Node();
        node.Write("/etc/fstab", "10.0.0.2:/ /added nfs vers=3,x-thpc.cluster=hpc-8hje8h12 0 0\n10.0.0.3:/ /foreign nfs vers=3 0 0\n");
        var run = await Agent.RunAsync(node, "health");
        Assert.Equal(5, run.ExitCode);
        Assert.Equal(["MOUNT_MISSING /added", "MOUNT_MISSING /data"], run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(": ")[0]));
    }

    private static TemporaryNode Node()
    {
        var node = new TemporaryNode();
        node.Configure("[[cfs]]\nlocal_path = \"/data\"\nremote_path = \"10.0.0.1:/\"\n");
        return node;
    }
}
