using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Tests.Support;

namespace Thpc.NodeAgent.Tests.Stages.Mount;

/// <summary>GooseFSx, whose client mounts by itself: here another FUSE file system stands for its mount, for no document says what it mounts.</summary>
public sealed class GooseFsxTests
{
    private const string Place = "/goosefsx/x_c60_54oi5id3_proxy";

    [Fact]
    public async Task A_client_that_has_mounted_is_all_there_is_to_it()
    {
        using var node = Node("127.0.96.1");
        var said = await MountNamespace.RunAsync(node, $"mkdir -p $node{Place}; bindfs /etc $node{Place}; agent bootstrap; agent health; agent storage verify");
        Assert.Contains($"in place already: {Place}", said, StringComparison.Ordinal);
        Assert.Contains($"ok: {Place}\nok: the storage is as it should be\n", said, StringComparison.Ordinal);
        Assert.False(node.Has("/etc/fstab"));
    }

    [Fact]
    public async Task A_client_that_is_slow_to_start_is_waited_for()
    {
        using var node = Node("127.0.96.2", "attempt_timeout = 60");
        var said = await MountNamespace.RunAsync(node, $$"""
            agent bootstrap & until grep -q '"current_stage": "mount"' $node/var/lib/thpc-node-agent/report.json 2>/dev/null; do sleep 0.05; done
            mkdir -p $node{{Place}}; bindfs /etc $node{{Place}}; wait
            """);
        Assert.Contains($"mount 127.0.96.2:55533 on {Place}", said, StringComparison.Ordinal);
        Assert.Equal("succeeded", node.Report().Outcome.ToString(), ignoreCase: true);
    }

    [Fact]
    public async Task Where_it_does_not_come_the_installer_of_the_configuration_is_run()
    {
        using var node = Node("127.0.96.3");
        using var master = GooseFsNodes.Listen("127.0.96.3", 55533);
        Installer(node, $"echo \"$@\" >>'{node.On("/called")}'; mkdir -p '{node.On(Place)}' && bindfs /etc '{node.On(Place)}'");
        await MountNamespace.RunAsync(node, "agent bootstrap; agent bootstrap");
        Assert.Equal("--cluster x_c60_54oi5id3\n", node.Read("/called"));
        Assert.Null(node.Report().FirstError);
    }

    [Theory]
    [InlineData("echo no such kernel >&2; exit 3", "ended with 3: no such kernel")]
    [InlineData("exit 0", "the client still mounts nothing there")]
    public async Task An_installer_that_does_not_help_is_named(string script, string words)
    {
        using var node = Node("127.0.96.4");
        using var master = GooseFsNodes.Listen("127.0.96.4", 55533);
        Installer(node, script);
        await MountNamespace.RunAsync(node, "agent bootstrap");
        Assert.Equal("MOUNT_HELPER_MISSING", node.Report().FirstError?.Code);
        var step = node.Report().Stages.Single(stage => stage.Name == "mount").Steps[0];
        Assert.Contains(words, string.Join('\n', [step.Error!.Message, .. step.Notes.Select(note => note.Text)]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_client_and_installer_the_error_says_what_to_do()
    {
        using var node = Node("127.0.96.5");
        using var master = GooseFsNodes.Listen("127.0.96.5", 55533);
        await MountNamespace.RunAsync(node, "agent bootstrap");
        Assert.Equal("MOUNT_HELPER_MISSING", node.Report().FirstError?.Code);
        Assert.Contains("storage.goosefsx_installer", node.Report().FirstError!.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Masters_that_do_not_answer_on_55533_are_unreachable()
    {
        using var node = Node("127.0.96.6");
        await MountNamespace.RunAsync(node, "agent bootstrap");
        Assert.Equal("MOUNT_UNREACHABLE", node.Report().FirstError?.Code);
        Assert.Contains("127.0.96.6 refused TCP 55533", node.Report().FirstError!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Removing_it_warns_that_its_client_mounts_again()
    {
        using var node = Node("127.0.96.7");
        var said = await MountNamespace.RunAsync(node, $"mkdir -p $node{Place}; bindfs /etc $node{Place}; agent storage remove {Place}; grep -c {Place} /proc/self/mountinfo");
        Assert.Contains("GooseFSx's client mounts by itself", said, StringComparison.Ordinal);
        Assert.EndsWith("0\n", said, StringComparison.Ordinal);
    }

    private static TemporaryNode Node(string master, string mount = "attempt_timeout = 1")
    {
        var node = new TemporaryNode();
        node.Configure($"[[goosefsx]]\nlocal_path = \"{Place}/\"\nmasters = [\"{master}:55533\"]\n[mount]\ntimeout = 2\n{mount}");
        return node;
    }

    private static void Installer(TemporaryNode node, string script)
    {
        var path = node.Write("/installer", $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        node.Configure($"[storage]\ngoosefsx_installer = [\"{path}\", \"--cluster\", \"x_c60_54oi5id3\"]");
    }
}
