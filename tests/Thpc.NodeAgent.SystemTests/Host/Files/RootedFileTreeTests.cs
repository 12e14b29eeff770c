using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.SystemTests.Host.Files;

/// <summary>Mounts below the root of a tree.</summary>
public sealed class RootedFileTreeTests : IDisposable
{
    private readonly TemporaryNode _node = new();

    public RootedFileTreeTests()
    {
        Needs.RootUser();
        _node.Write("/tmp/d/inner/file", "below the mount");
    }

    public void Dispose()
    {
        Directory.Delete(_node.On("/tmp/d/inner"), recursive: true);
        _node.Dispose();
    }

    [Fact]
    public async Task Mount_point_is_named_not_inspected_and_stays()
    {
        await MountAsync();
        try
        {
            using var tree = new RootedFileTree(_node.Root);
            Assert.True(tree.Inspect("/tmp/d/inner")!.IsMount);
            Assert.Empty(tree.List("/tmp/d/inner"));
            Assert.True(tree.Obstacle("/tmp/d/inner")!.IsMount);
            Assert.Empty(tree.Below("/tmp", _ => false));
        }
        finally
        {
            await UnmountAsync();
        }
    }

    [Fact]
    public async Task Mount_that_is_made_during_the_walk_is_not_crossed()
    {
        using var tree = new RootedFileTree(_node.Root);
        Assert.Single(tree.List("/tmp/d/inner"));
        await MountAsync();
        try
        {
            Assert.Empty(tree.List("/tmp/d/inner"));
            Assert.Null(tree.Inspect("/tmp/d/inner/file"));
            Assert.True(tree.Obstacle("/tmp/d/inner")!.IsMount);
        }
        finally
        {
            await UnmountAsync();
        }
    }

    private async Task MountAsync()
    {
        await RunAsync("mount", "-t", "tmpfs", "-o", "size=64k", "none", _node.On("/tmp/d/inner"));
        _node.Write("/tmp/d/inner/file", "on the mount");
    }

    private Task UnmountAsync() => RunAsync("umount", _node.On("/tmp/d/inner"));

    private static async Task RunAsync(params string[] command) =>
        Assert.Equal(0, (await ProgramRunner.RunAsync(command, TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).ExitCode);
}
