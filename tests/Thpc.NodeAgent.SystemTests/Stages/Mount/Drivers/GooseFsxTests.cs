namespace Thpc.NodeAgent.SystemTests.Stages.Mount.Drivers;

/// <summary>
/// GooseFSx, whose client mounts by itself. Another FUSE file system stands in for its mount, whose type is not documented.
/// </summary>
public sealed class GooseFsxTests
{
    private const string Place = "/goosefsx/x_c60_54oi5id3_proxy";

    [Fact]
    public async Task Existing_mount_of_client_is_accepted()
    {
        using var node = Node("127.0.96.1");
        var said = await MountNamespace.RunAsync(
            node, $"mkdir -p $node{Place}; bindfs /etc $node{Place}; agent bootstrap; agent health; agent storage verify");
        Assert.Contains($"in place already: {Place}", said, StringComparison.Ordinal);
        Assert.Contains($"ok: {Place}\nok: the storage is as it should be\n", said, StringComparison.Ordinal);
        Assert.False(node.Has("/etc/fstab"));
    }

    [Fact]
    public async Task Slow_client_is_awaited()
    {
        using var node = Node("127.0.96.2", "attempt_timeout = 60");
        var said = await MountNamespace.RunAsync(node, $$"""
            agent bootstrap &
            until grep -q '"current_stage": "mount"' $node/var/lib/thpc-node-agent/report.json 2>/dev/null; do sleep 0.05; done
            mkdir -p $node{{Place}}; bindfs /etc $node{{Place}}; wait
            """);
        Assert.Contains($"mount 127.0.96.2:55533 on {Place}", said, StringComparison.Ordinal);
        Assert.Equal("succeeded", node.Report().Outcome.ToString(), ignoreCase: true);
    }

    [Fact]
    public async Task Installer_runs_if_client_does_not_mount()
    {
        using var node = Node("127.0.96.3");
        using var master = GooseFsNodes.Listen("127.0.96.3", 55533);
        Installer(node, $"echo \"$@\" >>'{node.On("/called")}'; mkdir -p '{node.On(Place)}' && bindfs /etc '{node.On(Place)}'");
        await MountNamespace.RunAsync(node, "agent bootstrap; agent bootstrap");
        Assert.Equal("--cluster x_c60_54oi5id3\n", node.Read("/called"));
        Assert.Null(node.Report().FirstError);
    }

    [Theory]
    [InlineData("echo no such kernel >&2; exit 3", "exited with 3: no such kernel")]
    [InlineData("exit 0", "the client still mounts nothing there")]
    public async Task Useless_installer_is_reported(string script, string words)
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
    public async Task Missing_client_and_installer_error_has_hint()
    {
        using var node = Node("127.0.96.5");
        using var master = GooseFsNodes.Listen("127.0.96.5", 55533);
        await MountNamespace.RunAsync(node, "agent bootstrap");
        Assert.Equal("MOUNT_HELPER_MISSING", node.Report().FirstError?.Code);
        Assert.Contains("storage.goosefsx_installer", node.Report().FirstError!.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Masters_that_refuse_55533_are_unreachable()
    {
        using var node = Node("127.0.96.6");
        await MountNamespace.RunAsync(node, "agent bootstrap");
        Assert.Equal("MOUNT_UNREACHABLE", node.Report().FirstError?.Code);
        Assert.Contains("127.0.96.6 refused TCP 55533", node.Report().FirstError!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Remove_warns_that_client_mounts_again()
    {
        using var node = Node("127.0.96.7");
        var said = await MountNamespace.RunAsync(
            node, $"mkdir -p $node{Place}; bindfs /etc $node{Place}; agent storage remove {Place}; grep -c {Place} /proc/self/mountinfo");
        Assert.Contains("the GooseFSx client will mount it again", said, StringComparison.Ordinal);
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
