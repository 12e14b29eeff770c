using Thpc.NodeAgent.Stages.Mount.Fstab;

namespace Thpc.NodeAgent.Tests.Stages.Mount.Fstab;

public sealed class FstabWriterTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Link_is_followed_within_node()
    {
        using var node = new TemporaryNode();
        node.Write("/etc/real/fstab", "# mine\n");
        File.CreateSymbolicLink(node.On("/etc/fstab"), "/etc/real/fstab");
        await new FstabWriter(node.Root).ChangeAsync(fstab => fstab.With(Entry("/data")), Token);
        Assert.Equal("/etc/real/fstab", new FileInfo(node.On("/etc/fstab")).LinkTarget);
        Assert.StartsWith("# mine\n10.0.0.1:/ /data nfs4 ", node.Read("/etc/real/fstab"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parallel_writers_lose_no_line()
    {
        using var node = new TemporaryNode();
        node.Write("/etc/fstab", "# mine\n");
        await Task.WhenAll(Enumerable.Range(1, 20).Select(i =>
            Task.Run(() => new FstabWriter(node.Root).ChangeAsync(fstab => fstab.With(Entry($"/data{i}")), Token), Token)));
        Assert.Equal(21, node.Read("/etc/fstab").Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(["fstab"], Directory.GetFiles(node.On("/etc"), "*fstab*").Select(Path.GetFileName));
    }

    [Fact]
    public async Task Missing_file_is_created_world_readable()
    {
        using var node = new TemporaryNode();
        await new FstabWriter(node.Root).ChangeAsync(fstab => fstab.With(Entry("/data")), Token);
        Assert.Equal("644", Convert.ToString((int)File.GetUnixFileMode(node.Root.Fstab), 8));
    }

    [Fact]
    public async Task Unchanged_text_is_not_written()
    {
        using var node = new TemporaryNode();
        node.Write("/etc/fstab", "# mine\n");
        File.SetLastWriteTimeUtc(node.Root.Fstab, DateTime.UnixEpoch);
        await new FstabWriter(node.Root).ChangeAsync(fstab => fstab.Without("/data"), Token);
        Assert.Equal(DateTime.UnixEpoch, File.GetLastWriteTimeUtc(node.Root.Fstab));
    }

    private static FstabEntry Entry(string mountPoint) => new("10.0.0.1:/", mountPoint, "nfs4", "vers=4,x-thpc.cluster=hpc-8hje8h12");
}
