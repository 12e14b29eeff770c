namespace Thpc.NodeAgent.SystemTests.Stages.Mount;

/// <summary>When a remount unmounts what is there.</summary>
public sealed class RemountTests
{
    private const string Begin = """
        end_daemon() { local id; id=$(pgrep -x bindfs); kill -9 "$id"; tail --pid="$id" -f /dev/null; }
        agent bootstrap >/dev/null
        (cd $node/goosefs; exec sleep 60) & until [ "$(cat /proc/$!/comm)" = sleep ]; do :; done

        """;

    [Fact]
    public async Task Live_mount_in_use_stays_and_a_dead_one_is_detached()
    {
        using var node = Node("127.0.95.11");
        using var master = GooseFsNodes.Listen("127.0.95.11", 9200);
        Assert.Equal(
            "failed: MOUNT_BUSY\nread-only\nrepair 0\nfrom the masters\n",
            await MountNamespace.RunAsync(node, Begin + """
                mount -o remount,bind,ro $node/goosefs
                agent storage verify --repair >/dev/null; grep -o 'failed: MOUNT_[A-Z]*' $node/errors | sort -u
                touch $node/goosefs/new 2>/dev/null || echo read-only
                end_daemon; agent storage verify --repair >/dev/null; echo "repair $?"; cat $node/goosefs/file
                """));
    }

    /// <summary>What is unmounted comes back only with the mount above, so all or none is unmounted.</summary>
    [Fact]
    public async Task Storage_below_a_mount_in_use_stays()
    {
        using var node = new TemporaryNode();
        using var server = NfsStandin.Serve();
        node.Configure(NfsStandin.Storage(server, "/data") + NfsStandin.Storage(server, "/data/sub"));
        Assert.Equal(
            "failed: MOUNT_BUSY\n/data ro\n/data/sub rw\nrepair 0\n/data rw\n/data/sub rw\n",
            await NfsStandin.RunAsync(node, """
                mounts() { awk -v node="$node" 'index($5, node "/data") == 1 { print substr($5, length(node) + 1), substr($6, 1, 2) }' \
                  /proc/self/mountinfo; }
                agent bootstrap >/dev/null
                (cd $node/data; exec sleep 60) & holder=$!; until [ "$(cat /proc/$holder/comm)" = sleep ]; do :; done
                mount -o remount,bind,ro $node/data
                agent storage verify --repair >/dev/null; grep -o 'failed: MOUNT_[A-Z]*' $node/errors | sort -u; mounts
                kill $holder; wait $holder
                agent storage verify --repair >/dev/null; echo "repair $?"; mounts
                """));
    }

    /// <summary>Even a dead mount point protects the directory below it from writes to the node's own disk.</summary>
    [Fact]
    public async Task Mount_stays_if_its_client_is_missing()
    {
        using var node = Node("127.0.95.12");
        using var master = GooseFsNodes.Listen("127.0.95.12", 9200);
        Assert.Equal(
            "bootstrap 1\n1\n",
            await MountNamespace.RunAsync(node, Begin + """
                end_daemon; mv $node/usr/local/goosefs $node/usr/local/moved
                agent bootstrap >/dev/null; echo "bootstrap $?"; grep -c "$node/goosefs " /proc/self/mountinfo
                """));
        Assert.Equal("MOUNT_HELPER_MISSING", node.Report().FirstError?.Code);
    }

    private static TemporaryNode Node(string master)
    {
        Needs.RootUser();
        var node = new TemporaryNode().AddGooseFs();
        node.Configure(
            $"[[goosefs]]\nlocal_path = \"/goosefs\"\nremote_path = \"/\"\nmasters = [\"{master}:9200\"]\n"
                + "[mount]\ntimeout = 5\nattempt_timeout = 5\n");
        return node;
    }
}
