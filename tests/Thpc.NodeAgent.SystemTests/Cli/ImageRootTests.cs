using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.SystemTests.Cli;

/// <summary>`--root`: valid directories, and what must not change in an untrusted tree.</summary>
public sealed class ImageRootTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);
    private readonly TemporaryNode _node = new();

    public ImageRootTests()
    {
        Needs.RootUser();
        _node.Write("/root/.ssh/authorized_keys", "key\n");
    }

    public void Dispose() => _node.Dispose();

    [Theory]
    [InlineData("bootstrap")]
    [InlineData("guard")]
    [InlineData("status")]
    [InlineData("health")]
    [InlineData("doctor")]
    [InlineData("config check")]
    [InlineData("packages check")]
    [InlineData("storage list")]
    [InlineData("image prep --yes")]
    [InlineData("image check")]
    public async Task Missing_root_is_refused_and_not_created(string command)
    {
        foreach (var root in (string[])["", _node.On("/nowhere"), _node.On("/etc/os-release")])
        {
            var run = await RunAsync(root, command.Split(' '));
            Assert.True(run.ExitCode == 2, $"{command} --root \"{root}\": exit {run.ExitCode}: {run.Output}");
            Assert.Contains(
                root.Length == 0 ? "--root is empty" : $"--root {root}: there is no such directory", run.Output, StringComparison.Ordinal);
        }

        Assert.False(_node.Has("/nowhere"));
    }

    [Theory]
    [InlineData("image prep --yes")]
    [InlineData("image prep --dry-run")]
    [InlineData("image check")]
    public async Task Root_without_operating_system_is_refused(string command)
    {
        using var empty = new TemporaryNode();
        File.Delete(empty.On("/etc/os-release"));
        var before = await ImageNodes.SnapshotAsync(empty.Directory);
        var run = await RunAsync(empty.Directory, command.Split(' '));
        Assert.True(run.ExitCode == 2, run.Output);
        Assert.Contains(
            "contains no operating system: there is neither /etc/os-release nor /usr/lib/os-release", run.Output, StringComparison.Ordinal);
        Assert.Equal(before, await ImageNodes.SnapshotAsync(empty.Directory));
    }

    [Fact]
    public async Task Os_release_link_counts()
    {
        _node.Write("/usr/lib/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
        File.Delete(_node.On("/etc/os-release"));
        _node.Link("/etc/os-release", "../usr/lib/os-release");
        Assert.Equal(0, (await PrepAsync()).ExitCode);
        Assert.False(_node.Has("/root/.ssh/authorized_keys"));
    }

    [Fact]
    public async Task Run_directory_is_not_created()
    {
        Assert.Equal(0, (await PrepAsync()).ExitCode);
        Assert.False(_node.Has("/run"));
    }

    [Fact]
    public async Task Link_in_place_of_the_lock_is_not_followed()
    {
        using var builder = new TemporaryNode();
        builder.Write("/precious", "the builder's own");
        Directory.CreateDirectory(_node.On("/run/thpc-node-agent"));
        _node.Link("/run/thpc-node-agent/lock", builder.On("/precious"));
        Assert.Equal(0, (await PrepAsync()).ExitCode);
        Assert.Equal("the builder's own", builder.Read("/precious"));
    }

    [Fact]
    public async Task FIFO_in_place_of_the_lock_does_not_block()
    {
        Directory.CreateDirectory(_node.On("/run/thpc-node-agent"));
        Assert.True((await ProgramRunner.RunAsync(
            ["mkfifo", _node.On("/run/thpc-node-agent/lock")], Limit, TestContext.Current.CancellationToken)).Succeeded);
        Assert.Equal(0, (await PrepAsync()).ExitCode);
        Assert.Equal(0, (await RunAsync(_node.Directory, "image", "check", "--operations", "defaults,-marker")).ExitCode);
    }

    [Fact]
    public async Task Second_run_on_the_same_image_is_refused()
    {
        using (RunLock.AcquireForImage(_node.Root))
        {
            var second = await PrepAsync();
            Assert.True(second.ExitCode == 4, second.Output);
            Assert.Contains($"BUSY: another run prepares {_node.Directory}", second.Output, StringComparison.Ordinal);
            using var other = new TemporaryNode();
            Assert.Equal(0, (await RunAsync(other.Directory, "image", "prep", "--yes")).ExitCode);
        }

        Assert.Equal(0, (await PrepAsync()).ExitCode);
    }

    [Fact]
    public async Task Run_inside_the_image_blocks_prep()
    {
        using (RunLock.Acquire(_node.Root, "bootstrap", TimeProvider.System.GetUtcNow()))
        {
            var prep = await PrepAsync();
            Assert.True(prep.ExitCode == 4, prep.Output);
            Assert.Contains(
                $"BUSY: another run is in progress: `thpc-node-agent bootstrap`, pid {Environment.ProcessId}", prep.Output,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Image_is_prepared_while_this_machine_bootstraps()
    {
        const string Script = """
            mount -t tmpfs tmpfs /run && mkdir /run/thpc-node-agent
            exec flock --no-fork /run/thpc-node-agent/lock sh -c '"$0" image prep --yes; "$0" image prep --yes --root "$1"' "$1" "$2"
            """;
        var run = await ProgramRunner.RunAsync(
            ["unshare", "--mount", "sh", "-c", Script, "sh", Agent.Executable, _node.Directory], Limit,
            TestContext.Current.CancellationToken);
        Assert.True(run.ExitCode == 0, run.Output);
        Assert.Contains("BUSY: another run is in progress", run.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(_node.On("/root/thpc_preinstalled.json")));
    }

    private Task<ProgramResult> PrepAsync() => RunAsync(_node.Directory, "image", "prep", "--yes");

    private static Task<ProgramResult> RunAsync(string root, params string[] arguments) =>
        ProgramRunner.RunAsync([Agent.Executable, .. arguments, "--root", root], Limit, TestContext.Current.CancellationToken);
}
