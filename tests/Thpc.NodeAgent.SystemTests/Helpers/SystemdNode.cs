using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.SystemTests.Helpers;

/// <summary>
/// This machine in a mount namespace, as a node that systemd has booted, whose changes are lost at the end. A stand-in for systemctl
/// records its calls. tests/boot and tests/node use the real one.
/// </summary>
internal static class SystemdNode
{
    private const string Begin = """
        set -e
        mount -t tmpfs tmpfs /mnt
        for place in etc var root srv opt usr/local; do
          mkdir -p "/mnt/$place.upper" "/mnt/$place.work"
          mount -t overlay overlay -o "lowerdir=/$place,upperdir=/mnt/$place.upper,workdir=/mnt/$place.work" "/$place"
        done
        mount -t tmpfs tmpfs /run; mkdir -p /run/systemd/system /run/systemd/generator /etc/thpc
        mount -t tmpfs tmpfs /sys/class; mkdir -p /sys/class/dmi/id
        echo 6c1d2d5e-3f63-4c5b-9a41-0b2b8d2e7f10 >/sys/class/dmi/id/product_uuid
        rm -rf /var/lib/thpc-node-agent; : >/root/thpc_preinstalled.json; : >/etc/fstab
        cp "$1/node-agent.toml" /etc/thpc/; cp "$1/systemctl" /usr/local/sbin/; chmod 755 /usr/local/sbin/systemctl
        agent() { "$executable" "$@" 2>>/srv/errors; }
        calls() { grep "$1" /srv/calls || echo none; }
        executable=$2; cd /; : >/srv/show >/srv/calls
        set +e

        """;

    private const string Systemctl = """
        #!/bin/sh
        echo "$*" >>/srv/calls
        case "$*" in
          show*) cat /srv/show ;;
          daemon-reload) if [ -e /srv/fails ]; then echo no memory >&2; exit 1; fi ;;
        esac
        exit 0
        """;

    /// <param name="configuration">Added to the usual one.</param>
    /// <param name="script">
    /// Bash; `agent` runs the published agent, `calls PATTERN` prints the calls of systemctl, /srv/show is the answer to `show`.
    /// </param>
    /// <returns>Its output.</returns>
    public static async Task<string> RunAsync(string configuration, string script)
    {
        Needs.RootUser();
        var directory = Directory.CreateTempSubdirectory("thpc-systemd-").FullName;
        try
        {
            var cancel = TestContext.Current.CancellationToken;
            await File.WriteAllTextAsync(Path.Combine(directory, "node-agent.toml"), TemporaryNode.Config + configuration, cancel);
            await File.WriteAllTextAsync(Path.Combine(directory, "systemctl"), Systemctl, cancel);
            await File.WriteAllTextAsync(Path.Combine(directory, "script"), Begin + script, cancel);
            var run = await ProgramRunner.RunAsync(
                ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "bash", Path.Combine(directory, "script"),
                    directory, Agent.Executable],
                TimeSpan.FromMinutes(3), cancel);
            Assert.False(run.TimedOut, run.Output);
            return run.Output;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
