using System.Net;
using System.Net.Sockets;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.SystemTests.Security;

/// <summary>
/// mount(8) works on paths, and root runs the clients that it finds: users must not be able to replace either. The NFS helper is
/// a stand-in that logs its arguments and uses a directory of this machine as the server's export.
/// </summary>
public sealed class MountPointSecurityTests : IDisposable
{
    private const string Server = "127.0.96.1";

    // A private mount namespace. A missing remote path, or one with a link, fails as with a real server.
    private const string Machine = """
        mount -t overlay -o "lowerdir=$node/sbin:/usr/sbin" overlay /usr/sbin
        [ -L /sbin ] || mount --bind /usr/sbin /sbin
        agent bootstrap --json
        cut -d ' ' -f 5 /proc/self/mountinfo | grep "^$node" >"$node/mounted"
        """;

    private const string MountNfs = """
        #!/bin/sh
        printf '%s\n' "$*" >>"@/called"
        path=${1#*:}
        [ -d "@/exported$path" ] && [ "$(readlink -f "@/exported$path")" = "@/exported$path" ] || {
            echo "mount.nfs: mounting $1 failed, reason given by server: No such file or directory"
            exit 32
        }
        exec mount --bind "@/exported$path" "$2"
        """;

    private readonly Attacker _attacker = new();
    private readonly TcpListener _server = new(IPAddress.Parse(Server), 2049);

    public MountPointSecurityTests()
    {
        _server.Start();
        File.SetUnixFileMode(
            Node.Write("/sbin/mount.nfs", MountNfs.Replace("@", Node.Directory, StringComparison.Ordinal)),
            UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Directory.CreateDirectory(Node.On("/exported/id"));
    }

    private TemporaryNode Node => _attacker.Node;

    public void Dispose()
    {
        _server.Dispose();
        _attacker.Dispose();
    }

    [Theory]
    [InlineData("/people/mallory/data", "users other than root can write to /people/mallory")]
    [InlineData("/people/mallory/deep/data", "users other than root can write to /people/mallory")]
    [InlineData("/open/his/data", "/open/his is owned by another user")]
    [InlineData("/open/his", "/open/his is owned by another user")]
    [InlineData("/wide/data", "users other than root can write to /wide")]
    [InlineData("/group/data", "users other than root can write to /group")]
    [InlineData("/listed/data", "users other than root can write to /listed")]
    [InlineData("/people/mallory/link", "the symbolic link /people/mallory/link is owned by user 65534")]
    [InlineData("/open/link/data", "the symbolic link /open/link is owned by user 65534")]
    public async Task Mount_point_that_other_users_can_replace_is_refused(string place, string why)
    {
        await _attacker.ShellAsync("""
            ln -s ../../victim "$1/link"; ln -s ../victim "$1/../../open/link"; mkdir "$1/../../open/his"
            """);
        MakeDirectory("/wide", (UnixFileMode)0x1FF);
        MakeDirectory("/group", (UnixFileMode)0x1FD);
        await SetListAsync("/listed", $"u:{Attacker.UserId}:rwx");
        Assert.True((await ProgramRunner.RunAsync(
            ["chgrp", "65534", Node.On("/group")], TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken)).Succeeded);
        var before = await _attacker.VictimAsync();
        var report = await BootstrapAsync($"[[cfs]]\nlocal_path = \"{place}\"\nremote_path = \"{Server}:/id\"\n");
        Assert.Equal("MOUNT_UNSAFE_PATH", report.FirstError?.Code);
        Assert.Contains(why, report.FirstError!.Message, StringComparison.Ordinal);
        Assert.Equal(before, await _attacker.VictimAsync());
        Assert.False(Node.Has("/called"));
        Assert.False(Node.Has("/etc/fstab"));
        Assert.False(Directory.Exists(Node.On("/people/mallory/deep")));
    }

    [Fact]
    public async Task Mount_point_replaced_by_a_link_at_any_moment_is_refused()
    {
        await _attacker.ShellAsync("mkdir \"$1/out\"; ln -s ../../victim \"$1/link\"");
        Node.Configure($"[mount]\ntimeout = 1\n[[cfs]]\nlocal_path = \"/people/mallory/out/data\"\nremote_path = \"{Server}:/id\"\n");
        var before = await _attacker.VictimAsync();
        using (await Attacker.SwapAsync(Node.On("/people/mallory/out"), Node.On("/people/mallory/link")))
        {
            for (var i = 0; i < 10; i++)
            {
                Assert.Equal(1, (await Agent.RunAsync(Node, "bootstrap")).ExitCode);
            }
        }

        Assert.Equal(before, await _attacker.VictimAsync());
    }

    [Theory]
    [InlineData("/data")]
    [InlineData("/deep/down/data")]
    [InlineData("/open/new")]
    [InlineData("/people/data")]
    [InlineData("/readable/data")]
    [InlineData("/wheel/data")]
    public async Task Mount_is_tried_if_root_owns_the_directories(string place)
    {
        await SetListAsync("/readable", $"u:{Attacker.UserId}:rx,m::rx");
        MakeDirectory("/wheel", (UnixFileMode)0x1FD);
        var report = await BootstrapAsync($"[[cfs]]\nlocal_path = \"{place}\"\nremote_path = \"{Server}:/id\"\n");

        // The stand-in's mount has another type than NFS.
        Assert.Equal("MOUNT_FAILED", report.FirstError?.Code);
        Assert.StartsWith($"{Server}:/id {Node.On(place)} ", Node.Read("/called"), StringComparison.Ordinal);
        Assert.Contains(Node.On(place), Node.Read("/mounted").Split('\n'));
    }

    [Fact]
    public async Task Remote_directory_is_not_created_behind_a_link_in_the_share()
    {
        Directory.CreateDirectory(Node.On("/exported/id/share"));
        Attacker.Give(Node.On("/exported/id/share"));
        await _attacker.ShellAsync($"ln -s '{_attacker.Victim}' \"$1/../../exported/id/share/link\"");
        var before = await _attacker.VictimAsync();
        var report = await BootstrapAsync($"[[cfs]]\nlocal_path = \"/data\"\nremote_path = \"{Server}:/id/share/link/made\"\n");
        Assert.Equal("MOUNT_NOT_FOUND", report.FirstError?.Code);
        Assert.Contains($"{Server}:/id/share ", Node.Read("/called"), StringComparison.Ordinal);
        Assert.Equal(before, await _attacker.VictimAsync());
    }

    /// <summary>The group is root's and may write, so the list's mask allows the user to write too.</summary>
    [Theory]
    [InlineData("u:65534:rwx", true)]
    [InlineData("u:65534:rx,m::rx", false)]
    public async Task GooseFS_client_writable_by_an_access_list_is_not_run(string list, bool passedOver)
    {
        using var master = GooseFsNodes.Listen("127.0.96.2", 9200);
        Node.Write("/data/goosefs-9/integration/fuse/bin/goosefs-fuse", $"#!/bin/sh\nid -u >'{_attacker.Home}/ran'\n");
        foreach (var path in (string[])["/data/goosefs-9/integration/fuse/bin/goosefs-fuse", "/data/goosefs-9/integration/fuse/bin",
            "/data/goosefs-9/integration/fuse", "/data/goosefs-9/integration", "/data/goosefs-9", "/data"])
        {
            File.SetUnixFileMode(Node.On(path), (UnixFileMode)0x1ED);
        }

        await SetListAsync("/data/goosefs-9/integration", list);
        var report = await BootstrapAsync("[[goosefs]]\nlocal_path = \"/goosefs\"\nmasters = [\"127.0.96.2:9200\"]\n");
        Assert.NotEqual("CONFIG_INVALID", report.FirstError!.Code);
        Assert.Equal(
            passedOver, report.FirstError.Message.Contains("no GooseFS client that only root can change in", StringComparison.Ordinal));
        Assert.False(passedOver && File.Exists(Path.Combine(_attacker.Home, "ran")), "root ran it");
    }

    [Theory]
    [InlineData("mkdir -p \"$1/../../data/goosefs-9\"")]
    [InlineData("mkdir -p \"$1/home\"; ln -s \"$1/home\" \"$1/../../data/goosefs-9\"")]
    public async Task GooseFS_client_that_other_users_can_replace_is_not_run(string make)
    {
        using var master = GooseFsNodes.Listen("127.0.96.2", 9200);
        MakeDirectory("/data", (UnixFileMode)0x3FF);
        await _attacker.ShellAsync(make + """

            mkdir -p "$1/../../data/goosefs-9/integration/fuse/bin"
            cd "$1/../../data/goosefs-9/integration/fuse/bin"
            printf '#!/bin/sh\nid -u >"%s/ran"\n' "$1" >goosefs-fuse
            chmod 755 goosefs-fuse
            """);
        var report = await BootstrapAsync("[[goosefs]]\nlocal_path = \"/goosefs\"\nmasters = [\"127.0.96.2:9200\"]\n");
        Assert.False(File.Exists(Path.Combine(_attacker.Home, "ran")), "root ran it");
        Assert.Equal("MOUNT_HELPER_MISSING", report.FirstError?.Code);
        Assert.Contains("no GooseFS client that only root can change in", report.FirstError!.Message, StringComparison.Ordinal);
    }

    private async Task SetListAsync(string path, string list)
    {
        Needs.Program("setfacl");
        MakeDirectory(path, (UnixFileMode)0x1ED);
        var set = await ProgramRunner.RunAsync(
            ["setfacl", "-m", list, Node.On(path)], TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.True(set.Succeeded, set.Output);
    }

    private void MakeDirectory(string path, UnixFileMode mode)
    {
        Directory.CreateDirectory(Node.On(path));
        File.SetUnixFileMode(Node.On(path), mode);
    }

    private async Task<Report> BootstrapAsync(string toml)
    {
        Node.Configure(toml + "[mount]\ntimeout = 1\n");
        await MountNamespace.RunAsync(Node, Machine);
        return Node.Report();
    }
}
