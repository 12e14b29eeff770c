using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.SystemTests.Cli;

public sealed class ImageBackupTests : IDisposable
{
    private readonly TemporaryNode _node = new();
    private readonly TemporaryNode _elsewhere = new();

    public ImageBackupTests()
    {
        Needs.RootUser();
        _node.WriteRaw("/root/.ssh/-odd\n\u00ff", "key");
        _node.Link("/root/.ssh/link", "/nowhere");
        _node.Write("/etc/fstab", "10.0.0.1:/ /data nfs4 rw 0 0\n");
        _node.Write("/tmp/deep/file", "temporary");
        _node.Write("/root/kept", "mine");
    }

    public void Dispose()
    {
        using var find = System.Diagnostics.Process.Start("find", [_node.Directory, "-mindepth", "1", "-delete"]);
        find.WaitForExit();
        _node.Dispose();
        _elsewhere.Dispose();
    }

    [Fact]
    public async Task Backup_restores_removed_and_changed_files()
    {
        var before = await ImageNodes.SnapshotAsync(_node.Directory);
        var file = _elsewhere.On("/kept.tar.gz");
        var run = await PrepAsync("--operations", "all", "--backup", file);
        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Equal("", _node.Read("/etc/fstab"));
        await ProgramRunner.RunAsync(
            ["tar", "-xzpf", file, "-C", _node.Directory], TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        var after = await ImageNodes.SnapshotAsync(_node.Directory);
        Assert.All(
            before.Where(item => item.Key != "/root/thpc_preinstalled.json"),
            item => Assert.Equal(item.Value, after.GetValueOrDefault(item.Key)));
        Assert.Equal(["/kept.tar.gz"], Directory.EnumerateFiles(_elsewhere.Directory).Select(path => path[_elsewhere.Directory.Length..]));
    }

    [Fact]
    public async Task Empty_plan_writes_no_backup()
    {
        Assert.Equal(0, (await PrepAsync()).ExitCode);
        Assert.Equal(0, (await PrepAsync("--backup", _elsewhere.On("/kept.tar.gz"))).ExitCode);
        Assert.False(_elsewhere.Has("/kept.tar.gz"));
    }

    [Theory]
    [InlineData("/tmp/kept.tar.gz", "is inside /tmp")]
    [InlineData("/through/deep/kept.tar.gz", "is inside /tmp")]
    [InlineData("/root/kept", "already exists")]
    [InlineData("/no/such/kept.tar.gz", "is not a directory")]
    public async Task Unsafe_backup_path_is_refused(string path, string words)
    {
        _node.Link("/through", _node.On("/tmp"));
        var run = await PrepAsync("--operations", "tmp,ssh", "--backup", _node.On(path));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(words, run.Errors, StringComparison.Ordinal);
        Assert.True(_node.Has("/tmp/deep/file"));
        Assert.Equal("mine", _node.Read("/root/kept"));
    }

    [Fact]
    public async Task Failed_backup_removes_nothing()
    {
        var before = await ImageNodes.SnapshotAsync(_node.Directory);
        var run = await MountNamespace.RunAsync(_node, """
            mkdir "$node/small"; mount -t tmpfs -o size=16k tmpfs "$node/small"
            head -c 100000 /dev/urandom >"$node/root/.ssh/big"
            agent image prep --yes --backup "$node/small/kept.tar.gz" >"$node/out"; echo "exit $?"
            ls -A "$node/small"
            """);
        Assert.Equal("exit 1\n", run);
        Assert.Contains("IMAGE_BACKUP", _node.Read("/out"), StringComparison.Ordinal);
        var after = await ImageNodes.SnapshotAsync(_node.Directory);
        Assert.All(before, item => Assert.Equal(item.Value, after.GetValueOrDefault(item.Key)));
    }

    private Task<AgentRun> PrepAsync(params string[] arguments) => Agent.RunAsync(_node, ["image", "prep", "--yes", .. arguments]);
}
