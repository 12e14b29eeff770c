using CsCheck;
using Thpc.NodeAgent.Host.Mounts;

namespace Thpc.NodeAgent.Tests.Host.Mounts;

public sealed class MountDependenciesTests : IDisposable
{
    private readonly TemporaryNode _node = new();

    public void Dispose() => _node.Dispose();

    [Theory]
    [InlineData("/data/x /b none bind 0 0", "/data")]
    [InlineData("/data /b none rbind", "/data")]
    [InlineData("//data//x/ /b none bind", "/data")]
    [InlineData("/data/with\\040blank /b none defaults,bind", "/data")]
    [InlineData("overlay /b overlay lowerdir=/usr:/data/base,upperdir=/u,workdir=/w", "/data")]
    [InlineData("overlay /b overlay lowerdir=/usr,upperdir=/data/u,workdir=/w", "/data")]
    [InlineData("overlay /b overlay lowerdir=/usr\\134:/x:/data\\134:b,upperdir=/u,workdir=/w", null)]
    [InlineData("overlay /b overlay lowerdir+=/data/base", "/data")]
    [InlineData("/data/disk.img /b ext4 loop,_netdev", "/data")]
    [InlineData("/data/swapfile none swap sw", "/data")]
    [InlineData("/dev/vdb /b ext4 x-systemd.requires-mounts-for=/data/x", "/data")]
    [InlineData("/srv/x /b none rbind,x-systemd.requires=/data", "/data")]
    [InlineData("/srv/x /b none bind,x-systemd.requires=data.mount", "/data")]
    [InlineData("bindfs#/data/x /b fuse defaults", "/data")]
    [InlineData("/srv=RW:/data/x=RO /b fuse.mergerfs defaults", "/data")]
    [InlineData("/data /data none bind,shared", "/data")]
    [InlineData("/database/x /b none bind", null)]
    [InlineData("/srv/x /data/b none bind", null)]
    [InlineData("/data/kept/x /b none bind", null)]
    [InlineData("/data/twice/x /b none bind", null)]
    [InlineData("//data/x /b cifs credentials=/data/secret", null)]
    [InlineData("/data/x / none bind", null)]
    [InlineData("/data/x /b none bind,comment=cloudconfig", null)]
    [InlineData("/srv/x /b none bind,x-systemd.after=/data", null)]
    [InlineData("# /data/x /b none bind", null)]
    public void Lines_depend_on_removed_mounts(string line, string? standsOn) => Assert.Equal(
        standsOn,
        StandsOn(
            0, "10.0.0.1:/ /data/ nfs4 rw", "tmpfs /data/kept tmpfs rw", "10.0.0.1:/t /data/twice nfs rw", "tmpfs /data/twice tmpfs rw",
            line)[^1]);

    [Fact]
    public void Dependencies_are_transitive_in_any_order() => Assert.Equal(
        ["/c", "/b", null, "/data", null],
        StandsOn(2, "/c/x /d none bind", "/b/x /c none bind", "10.0.0.1:/ /data nfs rw", "/data/x /b none bind", "/srv /e none bind"));

    [Fact]
    public void Mount_point_is_gone_only_without_any_line()
    {
        string[] lines = ["h:/ /data nfs rw", "/dev/vdb /data ext4 rw", "/data/x /b none bind"];
        Assert.Null(StandsOn(0, lines)[2]);
        Assert.Equal("/data", MountDependencies.Find(Parse(lines), [true, true, false], path => path).RemovedDependency[2]);
    }

    [Fact]
    public void Links_are_followed()
    {
        _node.Link("/link", "/data/x");
        string Lead(string path) => _node.Root.Resolve(path);
        Assert.Equal(
            "/data", MountDependencies.Find(Parse("h:/ /data nfs rw", "/link/y /b none bind"), [true, false], Lead).RemovedDependency[1]);
    }

    [Fact]
    public void Mount_points_inside_a_removed_one_are_reported_and_stay()
    {
        var found = MountDependencies.Find(
            Parse("h:/ /data nfs rw", "/dev/vdb /data/scratch ext4 rw", "/data/scratch/x /y none bind", "/srv /data/scratch/z none bind"),
            [true, false, false, false], path => path);
        Assert.Equal([null, null, null, null], found.RemovedDependency);
        Assert.Equal([null, "/data", null, null], Enumerable.Range(0, 4).Select(found.RemovedParent));
        Assert.True(found.IsGone("/data"));
        Assert.False(found.IsGone("/data/scratch") || found.IsGone("/never"));
    }

    private static string?[] StandsOn(int goes, params string[] lines) =>
        MountDependencies.Find(Parse(lines), [.. lines.Select((_, index) => index == goes)], path => path).RemovedDependency;

    private static BootMountEntry?[] Parse(params string[] lines) => BootMountEntry.ParseAll(lines);
}
