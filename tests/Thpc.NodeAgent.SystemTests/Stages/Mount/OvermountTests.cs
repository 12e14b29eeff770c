namespace Thpc.NodeAgent.SystemTests.Stages.Mount;

/// <summary>Mounts over directories that are not empty.</summary>
public sealed class OvermountTests
{
    [Fact]
    public async Task Hidden_files_are_reported_before_mount()
    {
        using var node = Node("/data");
        foreach (var name in (string[])["a", "b", "c", "d", "e", ".f", "g"])
        {
            node.Write($"/data/{name}", "");
        }

        var run = await Agent.RunAsync(node, "bootstrap", "--dry-run");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains(
            "warning: the mount on /data hides files in that directory: .f, a, b, c, d and 2 more\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Empty_directory_gives_no_warning()
    {
        using var node = Node("/data");
        Directory.CreateDirectory(node.On("/data"));
        Assert.DoesNotContain("warning", (await Agent.RunAsync(node, "bootstrap", "--dry-run")).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--force", true)]
    [InlineData("--mount-over-opt", true)]
    [InlineData("--rerun-scripts", false)]
    public async Task Opt_with_running_programs_is_mounted_over_only_by_force(string option, bool forced)
    {
        using var node = Node("/opt");
        const string Run =
            "mkdir -p $node/opt/bin; cp /bin/sleep $node/opt/bin/worker; $node/opt/bin/worker 60 & until [ \"$(cat /proc/$!/comm)\" = "
                + "worker ]; do :; done; echo worker $!\n";
        var said = await MountNamespace.RunAsync(
            node, Run
                + "agent bootstrap; echo bootstrap $?; agent storage add; echo add $?; agent bootstrap --dry-run; "
                + $"agent bootstrap {option}");
        var worker = said.Split('\n')[0].Split(' ')[1];
        Assert.Contains(
            $"MOUNT_BUSY: mounting over /opt would hide programs that run from it: pid {worker} (root, "
                + $"worker: {node.On("/opt/bin/worker")})", said, StringComparison.Ordinal);
        Assert.Contains("bootstrap 1\nadd 1\n", said, StringComparison.Ordinal);
        Assert.Contains("would fail: MOUNT_BUSY", said, StringComparison.Ordinal);

        // With the option the mount is tried; its server does not exist.
        Assert.Equal(forced ? "MOUNT_UNREACHABLE" : "MOUNT_BUSY", node.Report().FirstError?.Code);
        if (!forced)
        {
            Assert.Contains("--mount-over-opt", node.Report().FirstError!.Hint, StringComparison.Ordinal);
            return;
        }

        Assert.Contains(
            "the mount on /opt hides files in that directory: bin", Assert.Single(node.Report().Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_files_below_opt_do_not_prevent_mount()
    {
        using var node = Node("/opt");
        node.Write("/opt/file", "");
        await MountNamespace.RunAsync(node, "exec 3<$node/opt/file; cd $node/opt; agent bootstrap");
        Assert.Equal("MOUNT_UNREACHABLE", node.Report().FirstError?.Code);
    }

    /// <summary>The line of fstab makes /data/sub known storage, but another program's file system is mounted there.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("127.0.0.1:/sub /data/sub nfs4 vers=4.0,x-thpc.cluster=hpc-8hje8h12 0 0\n")]
    public async Task File_system_of_another_program_below_prevents_mount(string fstab)
    {
        Needs.RootUser();
        using var node = Node("/data");
        node.Write("/etc/fstab", fstab);
        var said = await MountNamespace.RunAsync(
            node, "mkdir -p $node/data/sub; mount -t tmpfs another $node/data/sub; agent bootstrap >/dev/null; echo bootstrap $?; "
                + "grep -c \"$node/data/sub .* another \" /proc/self/mountinfo");
        Assert.Equal("bootstrap 1\n1\n", said);
        Assert.Equal("MOUNT_CONFLICT", node.Report().FirstError?.Code);
        Assert.Contains("/data/sub (tmpfs another)", node.Report().FirstError!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Storage_below_is_mounted_again_on_the_new_mount()
    {
        using var node = new TemporaryNode();
        using var server = NfsStandin.Serve();
        node.Configure(NfsStandin.Storage(server, "/data/sub"));
        var more = NfsStandin.Storage(server, "/data").Replace("\n", "\\n", StringComparison.Ordinal);
        var said = await NfsStandin.RunAsync(node, $"""
            agent bootstrap >/dev/null; echo "bootstrap $?"
            printf '{more}' >>$node/etc/thpc/node-agent.toml
            agent bootstrap >/dev/null; echo "bootstrap $?"; grep -o "$node/data[^ ]*" /proc/self/mountinfo | sed "s|^$node||"
            """);
        Assert.Equal("bootstrap 0\nbootstrap 0\n/data\n/data/sub\n", said);
    }

    /// <summary>systemd mounts what the copied fstab names before the guard removes the line.</summary>
    [Fact]
    public async Task Storage_of_another_machine_below_is_unmounted_first()
    {
        using var node = new TemporaryNode();
        using var server = NfsStandin.Serve();
        node.Write("/sys/class/dmi/id/product_uuid", "6c1d2d5e-3f63-4c5b-9a41-0b2b8d2e7f10\n");
        node.Configure(NfsStandin.Storage(server, "/data/sub"));
        var others = (TemporaryNode.Config + NfsStandin.Storage(server, "/data")).Replace("\n", "\\n", StringComparison.Ordinal);
        var said = await NfsStandin.RunAsync(node, $"""
            agent bootstrap >/dev/null; echo "bootstrap $?"
            echo 00112233-4455-6677-8899-aabbccddeeff >$node/sys/class/dmi/id/product_uuid
            printf '{others}' >$node/etc/thpc/node-agent.toml
            agent bootstrap >/dev/null; echo "bootstrap $?"; grep -o "$node/data[^ ]*" /proc/self/mountinfo | sed "s|^$node||"
            """);
        Assert.Equal("bootstrap 0\nbootstrap 0\n/data\n", said);
    }

    private static TemporaryNode Node(string path)
    {
        var node = new TemporaryNode();
        node.Configure($"[[cfs]]\nlocal_path = \"{path}\"\nremote_path = \"127.0.0.1:/\"\n[mount]\ntimeout = 1");
        return node;
    }
}
