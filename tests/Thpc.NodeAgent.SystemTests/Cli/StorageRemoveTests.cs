using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.SystemTests.Cli;

/// <summary>With real mounts of a GooseFS stand-in. The boot test covers NFS.</summary>
public sealed class StorageRemoveTests : IDisposable
{
    private const string Add = "agent storage add --local-path /goosefs --masters 127.0.94.1:9200 >/dev/null\n";

    private readonly TemporaryNode _node = new TemporaryNode().AddGooseFs();

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Busy_mount_is_kept_and_holders_named()
    {
        using var master = GooseFsNodes.Listen("127.0.94.1", 9200);
        var said = await MountNamespace.RunAsync(_node, Add + """
            (cd $node/goosefs/sub; exec sleep 60) & stands=$!
            (exec sleep 61 <$node/goosefs/file) & reads=$!
            until [ "$(cat /proc/$stands/comm /proc/$reads/comm | sort -u)" = sleep ]; do :; done
            agent storage remove /goosefs; echo "remove $?"; cat $node/goosefs/file; echo "$stands $reads"
            grep -c umount $node/usr/local/goosefs/calls
            agent storage remove /goosefs --lazy; echo "lazy $?"
            grep -c "$node/goosefs " /proc/self/mountinfo; kill -0 $stands $reads && echo alive
            """);
        var ids = said.Split('\n').SkipWhile(line => line != "from the masters").ElementAt(1).Split(' ');
        Assert.Contains(
            $"MOUNT_BUSY: /goosefs is in use by pid {ids[0]} (root, sleep: {_node.On("/goosefs/sub")}), pid {ids[1]} (root, "
                + $"sleep: {_node.On("/goosefs/file")})", said, StringComparison.Ordinal);
        Assert.Contains("remove 1\nfrom the masters\n", said, StringComparison.Ordinal);
        Assert.Contains($"{ids[0]} {ids[1]}\n0\n", said, StringComparison.Ordinal); // the client was not asked to end its daemon
        Assert.Contains($"detached /goosefs while it was in use by pid {ids[0]} (root, sleep", said, StringComparison.Ordinal);
        Assert.EndsWith("lazy 0\n0\nalive\n", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nested_mount_prevents_removal()
    {
        using var master = GooseFsNodes.Listen("127.0.94.1", 9200);
        var said = await MountNamespace.RunAsync(
            _node, Add
                + "mount -t tmpfs inner $node/goosefs/sub; agent storage remove /goosefs --lazy; echo \"remove $?\"; "
                + "cat $node/goosefs/file");
        Assert.Contains("MOUNT_BUSY: /goosefs has mounts below it: /goosefs/sub", said, StringComparison.Ordinal);
        Assert.EndsWith("remove 1\nfrom the masters\n", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nonempty_directory_is_kept()
    {
        // The agent does not create nested mounts of GooseFS, but an operator can.
        using var master = GooseFsNodes.Listen("127.0.94.1", 9200);
        var said = await MountNamespace.RunAsync(
            _node, Add
                + "umount $node/goosefs; echo mine >$node/goosefs/mine; agent storage remove /goosefs; echo \"remove $?\"; cat "
                + "$node/goosefs/mine");
        Assert.Contains("did not remove the directory /goosefs: ", said, StringComparison.Ordinal);
        Assert.EndsWith("remove 0\nmine\n", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unit_of_a_run_that_was_killed_before_it_enabled_the_unit_is_removed()
    {
        using var master = GooseFsNodes.Listen("127.0.94.1", 9200);
        var said = await MountNamespace.RunAsync(_node, Add + """
            umount $node/goosefs; units=$node/etc/systemd/system; rm -r $units/multi-user.target.wants; ls $units
            agent storage remove /goosefs >/dev/null; echo "remove $?"; ls $units
            """);
        Assert.Equal("thpc-goosefs-goosefs.service\nremove 0\n", said);
    }

    [Fact]
    public async Task Removed_directory_cannot_return_after_a_power_cut()
    {
        Needs.RootUser();
        Needs.Program("strace");
        _node.Write("/etc/fstab", "10.0.0.1:/ /shares/data nfs vers=3,x-thpc.cluster=hpc-8hje8h12 0 0\n");
        Directory.CreateDirectory(_node.On("/shares/data"));
        var trace = _node.On("/trace");
        await ProgramRunner.RunAsync(
            ["strace", "-f", "-y", "-o", trace, "-e", "trace=fsync,rmdir", Agent.Executable, "storage", "remove", "/shares/data", "--root",
                _node.Directory],
            TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        Assert.False(Directory.Exists(_node.On("/shares/data")));
        var lines = await File.ReadAllLinesAsync(trace, TestContext.Current.CancellationToken);
        var calls = lines.SkipWhile(line => !line.Contains(" rmdir(", StringComparison.Ordinal));
        Assert.Contains(
            calls, line => line.Contains(" fsync(", StringComparison.Ordinal)
                && line.Contains($"<{_node.On("/shares")}>", StringComparison.Ordinal));
    }

    [Fact]
    public async Task System_directories_are_kept()
    {
        Needs.RootUser();
        _node.Write("/etc/fstab", "10.0.0.1:/ /opt nfs vers=3,x-thpc.cluster=hpc-8hje8h12 0 0\n# mine\n");
        Directory.CreateDirectory(_node.On("/opt"));
        Assert.Equal(0, (await Agent.RunAsync(_node, "storage", "remove", "/opt/")).ExitCode);
        Assert.True(Directory.Exists(_node.On("/opt")));
        Assert.Equal("# mine\n", _node.Read("/etc/fstab"));
    }

    [Theory]
    [InlineData("/nosuch")]
    [InlineData("/")]
    [InlineData("/etc")]
    [InlineData("relative")]
    [InlineData("/a/../b")]
    public async Task Unknown_path_exits_1(string path)
    {
        Needs.RootUser();
        var run = await Agent.RunAsync(_node, "storage", "remove", path);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("STORAGE_NOT_FOUND: ResourceNotFound.LocalPath: ", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Foreign_mount_is_kept()
    {
        var said = await MountNamespace.RunAsync(
            _node, "mkdir $node/disk; mount -t tmpfs disk $node/disk; agent storage remove /disk; echo \"remove $?\"; grep -c $node/disk "
                + "/proc/self/mountinfo; cat $node/errors");
        Assert.StartsWith("remove 1\n1\n", said, StringComparison.Ordinal);
        Assert.Contains("/disk has tmpfs disk mounted, which is not the cluster's storage", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("--lazy")]
    public async Task Foreign_mount_at_the_path_of_storage_is_kept(string option)
    {
        _node.Configure("[[cfs]]\nlocal_path = \"/data\"\nremote_path = \"10.0.0.1:/\"");
        var said = await MountNamespace.RunAsync(
            _node, $"mkdir $node/data; mount -t tmpfs disk $node/data; agent storage remove /data {option}; echo \"remove $?\"; "
                + "grep -c $node/data /proc/self/mountinfo; cat $node/errors");
        Assert.StartsWith("remove 1\n1\n", said, StringComparison.Ordinal);
        Assert.Contains("MOUNT_CONFLICT: /data has tmpfs disk mounted", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Foreign_fstab_entry_prevents_removal()
    {
        Needs.RootUser();
        const string Foreign = "10.0.0.1:/ /data nfs vers=3 0 0\n";
        _node.Write("/etc/fstab", Foreign);
        _node.Configure("[[cfs]]\nlocal_path = \"/data\"\nremote_path = \"10.0.0.1:/\"");
        var run = await Agent.RunAsync(_node, "storage", "remove", "/data");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("/etc/fstab line 1, which the agent did not write, mounts /data", run.Errors, StringComparison.Ordinal);
        Assert.Equal(Foreign, _node.Read("/etc/fstab"));
    }

    [Fact]
    public async Task Remaining_configuration_is_warned_in_dry_run()
    {
        const string Line = "10.0.0.1:/ /data nfs vers=3,x-thpc.cluster=hpc-8hje8h12 0 0\n";
        _node.Write("/etc/fstab", Line);
        _node.Configure("[[cfs]]\nlocal_path = \"/data\"\nremote_path = \"10.0.0.1:/\"");
        var plain = await Agent.RunAsync(_node, "storage", "remove", "/data", "--dry-run");
        Assert.Contains(
            "the configuration still contains /data, so the next bootstrap mounts it again; --persist removes it",
            plain.Output,
            StringComparison.Ordinal);
        Assert.Contains($"  would remove /data from boot configuration\n      fstab: {Line}", plain.Output, StringComparison.Ordinal);
        var persist = await Agent.RunAsync(_node, "storage", "remove", "/data", "--dry-run", "--persist");
        Assert.Contains("  would remove /data from /etc/thpc/node-agent.toml\n", persist.Output, StringComparison.Ordinal);
        Assert.Equal(Line, _node.Read("/etc/fstab"));
        Assert.Contains("[[cfs]]", _node.Read("/etc/thpc/node-agent.toml"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Persist_keeps_link_and_mode_of_file()
    {
        Needs.RootUser();
        _node.Configure("[[cfs]]   # by hand\nlocal_path = \"/data\"\nremote_path = \"10.0.0.1:/\"");
        File.Move(_node.On("/etc/thpc/node-agent.toml"), _node.On("/real.toml"));
        File.SetUnixFileMode(_node.On("/real.toml"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        File.CreateSymbolicLink(_node.On("/etc/thpc/node-agent.toml"), "../../real.toml");
        Assert.Equal(0, (await Agent.RunAsync(_node, "storage", "remove", "/data", "--persist")).ExitCode);
        Assert.Equal(TemporaryNode.Config, _node.Read("/real.toml"));
        Assert.Equal("../../real.toml", new FileInfo(_node.On("/etc/thpc/node-agent.toml")).LinkTarget);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(_node.On("/real.toml")));
    }
}
