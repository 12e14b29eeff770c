namespace Thpc.NodeAgent.SystemTests.Stages.Mount;

/// <summary>
/// umount(8) that fails. For FUSE it runs umount.fuse if there is one, as it runs umount.nfs for NFS; here that program fails.
/// </summary>
public sealed class FailedUmountTests
{
    private const string Detaches = "case \" $* \" in *\" -l \"*) exec umount -i -l \"$1\";; esac; ";

    // `helper` installs umount.fuse in this namespace. The agent mounts /goosefs; later the configuration has another directory.
    private const string Begin = """
        mount -t tmpfs tmpfs /mnt; mkdir /mnt/upper /mnt/work
        mount -t overlay overlay -o lowerdir=/usr/sbin,upperdir=/mnt/upper,workdir=/mnt/work /usr/sbin
        helper() { printf '#!/bin/sh\n%s\n' "$1" >/usr/sbin/umount.fuse; chmod 755 /usr/sbin/umount.fuse; }
        change() { sed -i 's|remote_path = "/"|remote_path = "/sub"|' $node/etc/thpc/node-agent.toml; }
        mounts() { grep -c " $node/goosefs " /proc/self/mountinfo; }
        errors() { grep -o 'failed: MOUNT_[A-Z]*' $node/errors | sort -u; rm $node/errors; }
        agent bootstrap >/dev/null; rm $node/errors; cat $node/goosefs/file

        """;

    [Fact]
    public async Task Mount_stays_on_removal_and_is_detached_for_its_repair()
    {
        Assert.Equal(
            "failed: MOUNT_FAILED\nfrom the masters\nfrom a directory\n1\n",
            await RunAsync("127.0.95.1", $"""
                helper '{Detaches}echo server failed >&2; exit 32'
                agent storage remove /goosefs >/dev/null; errors; cat $node/goosefs/file
                change; agent storage verify --repair >/dev/null; cat $node/goosefs/deep; mounts
                """));
    }

    /// <summary>The kernel itself may use it, which no search of /proc finds.</summary>
    [Fact]
    public async Task Busy_mount_stays_on_repair()
    {
        Assert.Equal(
            "failed: MOUNT_BUSY\nfrom the masters\n",
            await RunAsync("127.0.95.2", $"""
                helper '{Detaches}echo umount: target is busy >&2; exit 32'
                change; agent storage verify --repair >/dev/null; errors; cat $node/goosefs/file
                """));
    }

    /// <summary>A search of /proc that hangs does not find all users.</summary>
    [Fact]
    public async Task Mount_with_unknown_users_stays_on_repair()
    {
        Assert.Equal(
            "failed: MOUNT_FAILED\nfrom the masters\nfrom a directory\n",
            await RunAsync("127.0.95.3", $"""
                helper '{Detaches}echo server failed >&2; exit 32'
                bindfs -f -o nonempty /etc /proc/$$/task & hangs=$!; disown
                until grep -q " /proc/$$/task " /proc/self/mountinfo; do :; done; kill -STOP $hangs
                change; agent storage verify --repair >/dev/null; errors; cat $node/goosefs/file
                kill -KILL $hangs; umount -i /proc/$$/task
                agent storage verify --repair >/dev/null; cat $node/goosefs/deep
                """));
    }

    [Fact]
    public async Task Mount_that_is_gone_counts_as_unmounted()
    {
        Assert.Equal(
            "remove 0\n0\n",
            await RunAsync("127.0.95.4", """
                helper '[ -e /mnt/again ] && umount -i "$1"; : >/mnt/again; echo not mounted >&2; exit 32'
                agent storage remove /goosefs >/dev/null; echo "remove $?"; mounts
                """));
    }

    [Fact]
    public async Task Failed_detach_is_an_error()
    {
        Assert.Equal(
            "failed: MOUNT_FAILED\n1\n",
            await RunAsync("127.0.95.5", """
                helper 'echo not permitted >&2; exit 32'
                agent storage remove /goosefs --lazy >/dev/null; errors; mounts
                """));
    }

    /// <returns>The output after the one of the beginning.</returns>
    private static async Task<string> RunAsync(string master, string script)
    {
        Needs.RootUser();
        using var node = new TemporaryNode().AddGooseFs();
        node.Configure(
            $"[[goosefs]]\nlocal_path = \"/goosefs\"\nremote_path = \"/\"\nmasters = [\"{master}:9200\"]\n[mount]\nattempt_timeout = 5\n");
        using var listener = GooseFsNodes.Listen(master, 9200);
        var said = await MountNamespace.RunAsync(node, Begin + script);
        Assert.StartsWith("from the masters\n", said, StringComparison.Ordinal);
        return said["from the masters\n".Length..];
    }
}
