namespace Thpc.NodeAgent.SystemTests.Stages.Mount.Drivers;

/// <summary>GooseFS with a stand-in for the vendor's command that mounts a real FUSE file system. The boot test covers systemd.</summary>
public sealed class GooseFsTests
{
    [Fact]
    public async Task Mount_persist_repair_and_remove_work()
    {
        using var node = Node("127.0.97.1:9200").AddGooseFs();
        using var master = GooseFsNodes.Listen("127.0.97.1", 9200);
        var said = await MountNamespace.RunAsync(node, """
            end_daemon() { local id; id=$(pgrep -x bindfs); kill -9 "$id"; tail --pid="$id" -f /dev/null; }
            agent bootstrap >/dev/null; echo "bootstrap $?"
            cat $node/goosefs/file
            grep "$node/goosefs " /proc/self/mountinfo | grep -o 'fuse[^ ]*'
            agent storage verify; agent health
            agent bootstrap >/dev/null; echo "again $?"; grep -c ^mount $node/usr/local/goosefs/calls
            end_daemon
            agent health; echo "health $?"
            agent bootstrap | grep remount; cat $node/goosefs/file; agent health
            end_daemon
            agent storage verify; echo "verify $?"
            agent storage verify --repair; echo "repair $?"; cat $node/goosefs/file
            agent storage remove /goosefs >/dev/null; echo "remove $?"
            grep -c "$node/goosefs " /proc/self/mountinfo; pgrep -c bindfs
            """);
        Assert.Contains(
            "bootstrap 0\nfrom the masters\nfuse.goosefs-fuse\nok: the storage is as it should be\nok: /goosefs\nagain 0\n1\nMOUNT_DEAD "
                + "/goosefs: ", said, StringComparison.Ordinal);
        Assert.Contains("health 5\n    remount 127.0.97.1:9200:/ on /goosefs", said, StringComparison.Ordinal);
        Assert.Contains("from the masters\nok: /goosefs\nMOUNT_DEAD /goosefs: ", said, StringComparison.Ordinal);
        Assert.Contains(
            "verify 5\nok: the storage is as it should be\nrepair 0\nfrom the masters\nremove 0\n0\n0\n", said, StringComparison.Ordinal);
        Assert.Equal(
            "# mine\ngoosefs.master.hostname=127.0.97.1\ngoosefs.master.rpc.port=9200\n",
            node.Read("/usr/local/goosefs/conf/goosefs-site.properties"));
        Assert.False(Directory.Exists(node.On("/goosefs")));
        Assert.Empty(Directory.EnumerateFiles(node.On("/etc/systemd/system"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Hanging_daemon_blocks_nothing_and_can_be_detached()
    {
        using var node = Node("127.0.97.9:9200").AddGooseFs();
        using var master = GooseFsNodes.Listen("127.0.97.9", 9200);
        var said = await MountNamespace.RunAsync(node, """
            agent bootstrap >/dev/null
            kill -STOP $(pgrep -x bindfs)
            agent health; echo "health $?"
            agent storage list | grep mounted; agent storage verify >/dev/null; echo "verify $?"
            agent storage remove /goosefs | grep MOUNT_; grep -c "$node/goosefs " /proc/self/mountinfo
            agent storage remove /goosefs --lazy >/dev/null; echo "lazy $?"; grep -c "$node/goosefs " /proc/self/mountinfo
            kill -KILL $(pgrep -x bindfs)
            """);
        Assert.StartsWith("MOUNT_TIMEOUT /goosefs: ", said, StringComparison.Ordinal);
        Assert.Contains("no answer within 0.7 s\nhealth 5\n  mounted     fuse.goosefs-fuse ", said, StringComparison.Ordinal);
        Assert.Matches(
            @"\(MOUNT_TIMEOUT: no answer within 2 s\)\nverify 5\n.* failed: MOUNT_TIMEOUT: unmount /goosefs: no answer within 5 s\n"
                + @"1\nlazy 0\n0\n",
            said);
    }

    [Fact]
    public async Task Mount_of_other_cluster_is_replaced()
    {
        using var node = Node("127.0.97.10:9200").AddGooseFs();
        using var master = GooseFsNodes.Listen("127.0.97.10", 9200);
        var said = await MountNamespace.RunAsync(node, """
            agent bootstrap >/dev/null; cat $node/goosefs/file
            sed -i 's/hpc-8hje8h12/hpc-bbbbbbbb/; s|remote_path = "/"|remote_path = "/sub"|' $node/etc/thpc/node-agent.toml
            echo '10.0.0.1:/ /a nfs vers=3,x-thpc.cluster=hpc-8hje8h12 0 0' >$node/etc/fstab
            (cd $node/goosefs; exec sleep 60) & until [ "$(cat /proc/$!/comm)" = sleep ]; do :; done
            agent bootstrap >/dev/null; echo "in use $?"; kill $!; wait
            agent bootstrap >/dev/null; echo "free $?"; cat $node/goosefs/deep; agent storage verify
            """);
        Assert.Equal("from the masters\nin use 1\nfree 0\nfrom a directory\nok: the storage is as it should be\n", said);
        Assert.Equal("", node.Read("/etc/fstab"));
        Assert.Contains(
            "\nCluster=hpc-bbbbbbbb\n", node.Read("/etc/systemd/system/thpc-goosefs-goosefs.service"), StringComparison.Ordinal);
        Assert.Contains("\nCluster=hpc-8hje8h12\n", node.Read("/var/lib/thpc-node-agent/removed-storage"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unit_is_written_and_enabled_after_mount()
    {
        using var node = Node("127.0.97.2:9200\", \"127.0.97.3:9200").AddGooseFs("/opt/goosefs-1.4.1").AddGooseFs("/opt/goosefs-1.4.2");
        using var master = GooseFsNodes.Listen("127.0.97.3", 9200);
        await MountNamespace.RunAsync(node, "agent bootstrap");
        const string Name = "thpc-goosefs-goosefs.service";
        Assert.Contains(
            "\nExecStart=/opt/goosefs-1.4.2/integration/fuse/bin/goosefs-fuse mount /goosefs /\n", node.Read($"/etc/systemd/system/{Name}"),
            StringComparison.Ordinal);
        Assert.Equal(
            $"/etc/systemd/system/{Name}", new FileInfo(node.On($"/etc/systemd/system/multi-user.target.wants/{Name}")).LinkTarget);
        Assert.Contains(
            "goosefs.master.rpc.addresses=127.0.97.2:9200,127.0.97.3:9200\n", node.Read("/opt/goosefs-1.4.2/conf/goosefs-site.properties"),
            StringComparison.Ordinal);
        Assert.False(node.Has("/opt/goosefs-1.4.1/calls"));
    }

    [Fact]
    public async Task Unreachable_masters_are_reported_and_nothing_is_started()
    {
        using var node = Node("127.0.97.4:9200").AddGooseFs();
        await MountNamespace.RunAsync(node, "agent bootstrap");
        Assert.Equal("MOUNT_UNREACHABLE", node.Report().FirstError?.Code);
        Assert.Contains("127.0.97.4 refused TCP 9200", node.Report().FirstError!.Message, StringComparison.Ordinal);
        Assert.False(node.Has("/usr/local/goosefs/calls"));
        Assert.False(Directory.Exists(node.On("/etc/systemd")));
    }

    [Fact]
    public async Task Missing_client_error_lists_searched_directories()
    {
        using var node = Node("127.0.97.5:9200");
        await MountNamespace.RunAsync(node, "agent bootstrap");
        Assert.Equal("MOUNT_HELPER_MISSING", node.Report().FirstError?.Code);
        Assert.Contains("/usr/local/goosefs", node.Report().FirstError!.Message, StringComparison.Ordinal);
        Assert.Contains("goosefs_home", node.Report().FirstError!.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Configured_home_is_the_only_one_searched()
    {
        using var node = Node("127.0.97.6:9200").AddGooseFs().AddGooseFs("/srv/goose");
        node.Configure("[storage]\ngoosefs_home = \"/srv/goose\"");
        using var master = GooseFsNodes.Listen("127.0.97.6", 9200);
        await MountNamespace.RunAsync(node, "agent bootstrap");
        Assert.Equal($"mount {node.On("/goosefs")} /\n", node.Read("/srv/goose/calls"));
        Assert.False(node.Has("/usr/local/goosefs/calls"));
    }

    [Fact]
    public async Task Nonempty_directory_is_refused_before_start()
    {
        using var node = Node("127.0.97.7:9200").AddGooseFs();
        node.Write("/goosefs/mine", "x");
        using var master = GooseFsNodes.Listen("127.0.97.7", 9200);
        await MountNamespace.RunAsync(node, "agent bootstrap");
        Assert.Equal("MOUNT_CONFLICT", node.Report().FirstError?.Code);
        Assert.Contains("contains mine", node.Report().FirstError!.Message, StringComparison.Ordinal);
        Assert.False(node.Has("/usr/local/goosefs/calls"));
    }

    [Fact]
    public async Task Missing_remote_directory_error_quotes_vendor_output()
    {
        using var node = new TemporaryNode().AddGooseFs();
        node.Configure(
            "[[goosefs]]\nlocal_path = \"/goosefs\"\nremote_path = \"/nosuch\"\nmasters = [\"127.0.97.8:9200\"]\n[mount]\ntimeout = 1");
        using var master = GooseFsNodes.Listen("127.0.97.8", 9200);
        await MountNamespace.RunAsync(node, "agent bootstrap");
        Assert.Equal("MOUNT_FAILED", node.Report().FirstError?.Code);
        Assert.Contains("Path /nosuch does not exist", node.Report().FirstError!.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(node.On("/etc/systemd")));
    }

    private static TemporaryNode Node(string masters)
    {
        var node = new TemporaryNode();
        node.Configure(
            $"[[goosefs]]\nlocal_path = \"/goosefs\"\nremote_path = \"/\"\nmasters = [\"{masters}\"]\n[mount]\ntimeout = "
                + $"2\nattempt_timeout = 5\n");
        return node;
    }
}
