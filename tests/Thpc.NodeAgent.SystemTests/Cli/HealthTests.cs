using System.Text.Json;

namespace Thpc.NodeAgent.SystemTests.Cli;

/// <summary>The boot test covers live mounts and mounts whose server dies.</summary>
public sealed class HealthTests
{
    // File systems of bindfs, which is stopped later.
    private const string Mounts = """
        for name in a b c; do
            printf '[[goosefs]]\nlocal_path = "/%s"\nremote_path = "/"\nmasters = ["127.0.97.20:9200"]\n' $name
        done >>"$node/etc/thpc/node-agent.toml"
        agent bootstrap >/dev/null; agent health; rm "$node/errors"

        """;

    private const string OptionFile = """
        mkdir "$node/mnt"; bindfs "$node/etc" "$node/mnt"
        echo '{}' >"$node/etc/storage.json"; ln -s /mnt/storage.json "$node/etc/thpc/storage.json"
        printf '[storage]\noption_file = "/etc/thpc/storage.json"\n' >>"$node/etc/thpc/node-agent.toml"
        agent health; rm -f "$node/errors"

        """;

    [Fact]
    public async Task Missing_mount_is_named_with_code()
    {
        using var node = Node();
        var run = await Agent.RunAsync(node, "health");
        Assert.Equal((5, "MOUNT_MISSING /data: nothing is mounted at /data\n"), (run.ExitCode, run.Output));
    }

    [Fact]
    public async Task Json_is_a_list_of_mounts()
    {
        using var node = Node();
        var run = await Agent.RunAsync(node, "health", "--json");
        using var json = JsonDocument.Parse(run.Output);
        var mount = Assert.Single(json.RootElement.EnumerateArray());
        Assert.Equal(
            ("/data", "fail", "MOUNT_MISSING"),
            (mount.GetProperty("local_path").GetString(), mount.GetProperty("state").GetString(), mount.GetProperty("code").GetString()));
    }

    [Fact]
    public async Task Node_without_storage_is_healthy()
    {
        using var node = new TemporaryNode();
        node.Write("/run/thpc-node-agent/ready", "");
        Assert.Equal(0, (await Agent.RunAsync(node, "health")).ExitCode);
    }

    /// <summary>
    /// One of ten runs in time is enough, at a priority that puts other programs off: a limit that is too long makes all ten late.
    /// </summary>
    [Theory]
    [InlineData(Mounts, "MOUNT_TIMEOUT /c: ", "no answer within 0.7 s", 3)]
    [InlineData(OptionFile, "CONFIG_INVALID", "no answer within 0.3 s", 1)]
    public async Task Answer_comes_within_a_second_while_file_systems_hang(string hang, string code, string reason, int count)
    {
        Needs.RootUser();
        Needs.Program("chrt");
        using var node = new TemporaryNode().AddGooseFs();
        using var master = GooseFsNodes.Listen("127.0.97.20", 9200);
        node.Write("/run/thpc-node-agent/ready", "");
        var said = await MountNamespace.RunAsync(node, hang + """
            kill -STOP $(pgrep -x bindfs)
            chrt --fifo --pid 1 $$ 2>/dev/null
            for run in {1..10}; do
                begin=${EPOCHREALTIME/./}
                agent health >"$node/output"
                took=$(((${EPOCHREALTIME/./} - begin) / 1000))
                [ $took -gt 1000 ] || break
            done
            cat "$node/output" "$node/errors"
            echo "$took ms; stopped: $(ps -o state= -C bindfs | sort -u)"
            kill -KILL $(pgrep -x bindfs)
            """);

        Assert.Contains(code, said, StringComparison.Ordinal);
        Assert.True(said.Split(reason).Length > count, said);
        Assert.Matches("\n[1-9][0-9]{0,2} ms; stopped: T\n$", said);
    }

    [Fact]
    public void Slurm_configuration_has_two_lines()
    {
        string[] lines =
            [.. File.ReadLines(Path.Combine(Repository.Root, "images/slurm/slurm.conf")).Where(line => !line.StartsWith('#'))];
        Assert.Equal(["HealthCheckProgram=/usr/local/sbin/thpc-health-check", "HealthCheckInterval=60"], lines);
    }

    [Fact]
    public async Task Unconfigured_added_storage_is_checked()
    {
        using var node = Node();
        node.Write("/etc/fstab", "10.0.0.2:/ /added nfs vers=3,x-thpc.cluster=hpc-8hje8h12 0 0\n10.0.0.3:/ /foreign nfs vers=3 0 0\n");
        var run = await Agent.RunAsync(node, "health");
        Assert.Equal(5, run.ExitCode);
        Assert.Equal(
            ["MOUNT_MISSING /added", "MOUNT_MISSING /data"],
            run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(": ")[0]));
    }

    [Fact]
    public async Task Failed_script_makes_node_unready()
    {
        using var node = await FailedAsync("#!/bin/sh\nexit 7\n");
        var run = await Agent.RunAsync(node, "health");
        Assert.Equal(5, run.ExitCode);
        Assert.Matches(@"^NODE_NOT_READY SCRIPT_FAILED: the run of [^\n]*Z failed: [^\n]*7[^\n]*\n$", run.Output);
    }

    [Fact]
    public async Task Invalid_configuration_makes_node_unready()
    {
        using var node = new TemporaryNode();
        node.Configure("[no_such_section]\n");
        Assert.Equal(2, (await Agent.RunAsync(node, "bootstrap")).ExitCode);
        var run = await Agent.RunAsync(node, "health");
        Assert.Equal(5, run.ExitCode);
        Assert.StartsWith("NODE_NOT_READY CONFIG_INVALID: ", Assert.Single(run.Output.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "NODE_NOT_READY: no run has left a report since this node booted")]
    [InlineData("running", "NODE_NOT_READY INTERRUPTED: the run of 2025-03-04 05:06:07Z was killed, or the node went down, in stage mount")]
    [InlineData(
        "succeeded", "NODE_NOT_READY: no run has succeeded since this boot; the last run started at 2025-03-04 05:06:07Z, before it")]
    public async Task Node_without_run_in_this_boot_is_unready(string? outcome, string expected)
    {
        using var node = new TemporaryNode();
        if (outcome is not null)
        {
            node.Write("/var/lib/thpc-node-agent/report.json", $$"""
                {"schema": 1, "agent_version": "0.1.0", "run_id": "r", "cluster_id": "hpc-8hje8h12", "node_role": "COMPUTE",
                 "started_at": "2025-03-04T05:06:07Z", "outcome": "{{outcome}}", "current_stage": "mount", "warnings": [], "stages": []}
                """);
        }

        Assert.Equal((5, expected + "\n"), await ResultAsync(node));
    }

    [Fact]
    public async Task Unready_node_has_no_mount_point_in_json()
    {
        using var node = await FailedAsync("#!/bin/sh\nexit 7\n");
        using var json = JsonDocument.Parse((await Agent.RunAsync(node, "health", "--json")).Output);
        var item = Assert.Single(json.RootElement.EnumerateArray());
        Assert.Equal(
            (JsonValueKind.Null, "fail", "NODE_NOT_READY"),
            (item.GetProperty("local_path").ValueKind, item.GetProperty("state").GetString(), item.GetProperty("code").GetString()));
    }

    [Fact]
    public async Task Later_failed_run_keeps_node_ready()
    {
        using var node = new TemporaryNode();
        Assert.Equal(0, (await Agent.RunAsync(node, "bootstrap")).ExitCode);
        node.Write("/srv/init.sh", "#!/bin/sh\nexit 7\n");
        Assert.Equal(1, (await Agent.RunAsync(node, "bootstrap", "--init-script", "file:///srv/init.sh")).ExitCode);
        Assert.Equal((0, "ok: no storage is configured\n"), await ResultAsync(node));
    }

    private static async Task<(int ExitCode, string Output)> ResultAsync(TemporaryNode node)
    {
        var run = await Agent.RunAsync(node, "health");
        return (run.ExitCode, run.Output);
    }

    private static async Task<TemporaryNode> FailedAsync(string script)
    {
        var node = new TemporaryNode();
        node.Write("/srv/init.sh", script);
        node.Configure("[[init_script]]\nscript_path = \"file:///srv/init.sh\"\n");
        Assert.Equal(1, (await Agent.RunAsync(node, "bootstrap")).ExitCode);
        return node;
    }

    private static TemporaryNode Node()
    {
        var node = new TemporaryNode();
        node.Configure("[[cfs]]\nlocal_path = \"/data\"\nremote_path = \"10.0.0.1:/\"\n");
        node.Write("/run/thpc-node-agent/ready", "");
        return node;
    }
}
