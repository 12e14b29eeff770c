using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.SystemTests.Security;

/// <summary>Replaces each file at a fixed path by a FIFO without a writer: no command may block on it.</summary>
public sealed class FixedPathTests
{
    private const string Script = """
        make_node() {
            rm -rf "$node"
            mkdir -p "$node"/{etc/thpc,etc/systemd/system,root,srv,run/thpc-node-agent} \
                "$node"/{var/lib/thpc-node-agent,var/log/thpc-node-agent,var/lib/dpkg}
            echo 'ID=debian' >"$node/etc/os-release"
            : >"$node/etc/fstab"
            : >"$node/root/thpc_preinstalled.json"
            printf '#!/bin/sh\n' >"$node/srv/a.sh"
            printf '[cluster]\nid = "hpc-8hje8h12"\nnode_role = "COMPUTE"\n[metadata]\nendpoint = ""\n' >"$node/etc/thpc/node-agent.toml"
            printf '[[init_script]]\nscript_path = "file:///srv/a.sh"\n' >>"$node/etc/thpc/node-agent.toml"
        }
        work=$1 executable=$2 node=$1/node
        tried=0
        exec 3<<<"$3"
        while read -r path; do
            for command in bootstrap guard status health doctor "config check" "packages check" "storage list" \
                "storage add --dry-run" "script check" "bundle --output $work/bundle"; do
                make_node
                rm -f "$node$path" "$work/bundle"
                mkdir -p "$(dirname "$node$path")"
                mkfifo "$node$path"
                # shellcheck disable=SC2086
                timeout -s KILL 120 "$executable" $command --root "$node" >"$work/said" 2>&1 </dev/null
                code=$?
                [ "$code" -le 5 ] || echo "$command, $path: exit $code: $(tail -n 1 "$work/said")"
                tried=$((tried + 1))
            done
        done <&3
        echo "tried $tried"
        """;

    private static readonly string[] Paths =
    [
        "/etc/thpc/node-agent.toml", "/etc/thpc/cos-credentials.toml", "/etc/fstab", "/etc/os-release", "/etc/machine-id", "/etc/hostname",
        "/etc/resolv.conf",
        "/etc/systemd/system/thpc-goosefs-a.service", "/etc/systemd/system/a.mount", "/root/thpc_preinstalled.json", "/srv/a.sh",
        "/var/lib/thpc-node-agent/report.json", "/var/lib/thpc-node-agent/packages.json", "/var/lib/thpc-node-agent/guard-notes",
        "/var/lib/thpc-node-agent/machine",
        "/var/lib/thpc-node-agent/removed-storage", "/var/log/thpc-node-agent/init-script-1.log", "/var/lib/dpkg/status",
        "/var/lib/cloud/data/instance-id",
        "/run/thpc-node-agent/lock", "/run/thpc-node-agent/ready", "/run/thpc-node-agent/opt-ready", "/run/thpc-node-agent/script",
        "/run/thpc-node-agent/mountstats",
        "/proc/sys/kernel/random/boot_id", "/proc/sys/kernel/osrelease", "/sys/class/dmi/id/product_uuid",
    ];

    [Fact]
    public async Task No_command_waits_for_a_FIFO()
    {
        Needs.RootUser();
        var work = Directory.CreateTempSubdirectory("thpc-fixed-").FullName;
        try
        {
            var run = await ProgramRunner.RunAsync(
                ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "bash", "-c", Script, "bash", work,
                    Agent.Executable, string.Join('\n', Paths)],
                TimeSpan.FromMinutes(15),
                TestContext.Current.CancellationToken);
            Assert.Equal($"tried {Paths.Length * 11}\n", run.Output);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    [Fact]
    public async Task Configuration_may_be_a_pipe()
    {
        using var node = new TemporaryNode();
        File.Move(node.On("/etc/thpc/node-agent.toml"), node.On("/given.toml"));
        foreach (var command in (string[])["config check", "image prep --yes"])
        {
            var run = await ProgramRunner.RunAsync(
                ["bash", "-c", $"exec \"$0\" {command} --root \"$1\" --config <(cat \"$1/given.toml\")", Agent.Executable, node.Directory],
                TimeSpan.FromMinutes(1),
                TestContext.Current.CancellationToken);
            Assert.True(run.ExitCode == 0, run.Output);
            Assert.DoesNotContain("cluster.id: is missing", run.Output, StringComparison.Ordinal);
        }
    }
}
