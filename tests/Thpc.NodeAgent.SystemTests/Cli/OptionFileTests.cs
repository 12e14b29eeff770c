using System.Text.RegularExpressions;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.SystemTests.Cli;

/// <summary>An option file on a file system that does not answer, or inside the storage that it configures.</summary>
public sealed class OptionFileTests
{
    private const string Cfs = "[[cfs]]\nlocal_path = \"/data\"\nremote_path = \"127.0.98.4:/\"\n";

    [Fact]
    public async Task Silent_file_system_is_named()
    {
        Needs.Program("bindfs");
        using var node = new TemporaryNode();
        node.Configure("[storage]\noption_file = \"/etc/thpc/storage.json\"\n");
        Directory.CreateSymbolicLink(node.On("/etc/thpc/storage.json"), "/mnt/dead/storage.json");
        node.Write("/run/thpc-node-agent/ready", "");
        node.Write("/src/storage.json", "{\"CFSOptions\": []}");
        Directory.CreateDirectory(node.On("/mnt/dead"));
        var output = await MountNamespace.RunAsync(node, """
            run() {
                local code
                rm -f "$node/errors"; agent "$@" >"$node/output"; code=$?
                echo "$1 $code $(cat "$node/output" "$node/errors" | tr '\n' ' ')"
            }
            bindfs -f "$node/src" "$node/mnt/dead" & daemon=$!
            until mountpoint -q "$node/mnt/dead" || ! kill -0 $daemon; do sleep 0.02; done
            run config check
            kill -STOP $daemon
            for command in health "config check" doctor "storage list" "bootstrap"; do run $command; done
            kill -KILL $daemon
            """);
        var lines = output.Split('\n').Where(line => Regex.IsMatch(line, "^[a-z]+ [0-9]+ ")).ToArray();
        Assert.StartsWith("config 0 ", lines[0], StringComparison.Ordinal);
        Assert.Equal(6, lines.Length);
        foreach (var line in lines[1..])
        {
            // HealthTests holds `health` to its second.
            var limit = line.StartsWith("health ", StringComparison.Ordinal) ? "0.3" : "2";
            Assert.Matches(
                $"storage.option_file: /etc/thpc/storage.json cannot be read: no answer within {limit} s from fuse [^ ]*/src, "
                    + "mounted at /mnt/dead", line);
        }
    }

    [Theory]
    [InlineData("/data/storage.json", "/data/storage.json")]
    [InlineData("/etc/thpc/storage.json", "/data/sub/storage.json")]
    public async Task Option_file_in_storage_is_refused(string name, string real)
    {
        using var node = new TemporaryNode();
        node.Configure($"{Cfs}[storage]\noption_file = \"{name}\"\n");
        node.Write(real, "{\"CFSOptions\": []}");
        if (name != real)
        {
            File.CreateSymbolicLink(node.On(name), real);
        }

        var run = await Agent.RunAsync(node, "config", "check");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(
            $"storage.option_file: {real} is in /data, but is read before that is mounted",
            run.Errors,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Special_file_is_refused_without_waiting()
    {
        Needs.Program("mkfifo");
        using var node = new TemporaryNode();
        node.Configure("[storage]\noption_file = \"/etc/thpc/pipe\"\n");
        await ProgramRunner.RunAsync(
            ["mkfifo", node.On("/etc/thpc/pipe")], TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        var run = await Agent.RunAsync(node, "config", "check");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(
            "storage.option_file: /etc/thpc/pipe cannot be read: it is not a regular file",
            run.Errors,
            StringComparison.Ordinal);
    }
}
