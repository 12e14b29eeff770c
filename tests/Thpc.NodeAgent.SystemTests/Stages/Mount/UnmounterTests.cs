using System.Diagnostics;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Stages.Mount;

namespace Thpc.NodeAgent.SystemTests.Stages.Mount;

/// <summary>Mounts that another program makes between the inspection of a mount point and its unmounting.</summary>
public sealed class UnmounterTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("thpc-unmount-").FullName;
    private readonly MountEntry _inspected;

    public UnmounterTests()
    {
        Needs.RootUser();
        Mount("inspected");
        _inspected = MountTree.Read().At(_directory)!;
    }

    [Fact]
    public async Task Mount_on_top_stays()
    {
        Mount("another");
        var error = await Assert.ThrowsAsync<AgentException>(() => UnmountAsync(_inspected));
        Assert.Equal(ErrorCode.MountConflict, error.Code);
        Assert.Equal(["inspected", "another"], Sources());
    }

    /// <summary>The kernel gives the id of an unmounted mount to the next one.</summary>
    [Fact]
    public async Task Mount_with_the_same_id_stays()
    {
        await UnmountAsync(_inspected with { Source = "earlier" });
        await UnmountAsync(_inspected with { Device = "0:1" });
        await UnmountAsync(_inspected with { MountPoint = _directory + "/earlier" });
        Assert.Equal(["inspected"], Sources());
    }

    [Fact]
    public async Task Inspected_mount_is_unmounted()
    {
        await UnmountAsync(_inspected);
        Assert.Empty(Sources());
    }

    public void Dispose()
    {
        foreach (var _ in Sources())
        {
            Run("umount", _directory);
        }

        Directory.Delete(_directory);
    }

    private IEnumerable<string> Sources() => MountTree.Read().Layers(_directory).Select(entry => entry.Source);

    private void Mount(string source) => Run("mount", "-t", "tmpfs", "-o", "size=64k", source, _directory);

    private static Task UnmountAsync(MountEntry mount) => Unmounter.UnmountAsync(
        new NodeRoot("/"), "/data", mount, driver: null, DetachMode.Never, _ => { }, TestContext.Current.CancellationToken);

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
