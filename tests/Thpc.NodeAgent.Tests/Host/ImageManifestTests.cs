using System.Text;
using CsCheck;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Tests.Host;

public sealed class ImageManifestTests
{
    private static readonly ImageManifest Full = new()
    {
        AgentVersion = "0.1.0",
        CreatedAt = DateTimeOffset.UnixEpoch,
        OsId = "rocky",
        OsVersion = "9.3",
        KernelRelease = "5.14.0-362.el9.x86_64",
        LustreClient = true,
        NodeRole = "COMPUTE",
        Packages = [new ManifestPackage("site-slurmd", "23.11-1", "SLURM's node daemon", "slurm-slurmd", "/usr/sbin/slurmd")],
        Missing = ["munge"],
    };

    [Fact]
    public void Manifest_round_trips()
    {
        using var node = new TemporaryNode();
        File.WriteAllBytes(node.Root.Marker, Full.ToJson());

        var read = PreinstalledMarker.Read(node.Root).Manifest!;

        Assert.Equal(Full with { Packages = [], Missing = [] }, read with { Packages = [], Missing = [] });
        Assert.Equal(Full.Packages, read.Packages);
        Assert.Equal(Full.Missing, read.Missing);
        Assert.Contains("\"kernel_release\": \"5.14.0-362.el9.x86_64\"", Encoding.UTF8.GetString(Full.ToJson()), StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_fields_are_ignored_and_missing_ones_optional()
    {
        var read = ImageManifest.Parse("""
            {"schema": 7, "agent_version": "9.0.0", "created_at": "2031-01-01T00:00:00Z", "fabric": {"rdma": true},
             "packages": [null, {"name": "munge", "version": "1", "purpose": "p", "origin": "x"}], "missing": [null, "a"]}
            """u8)!;

        Assert.Equal(7, read.Schema);
        Assert.Equal([new ManifestPackage("munge", "1", "p")], read.Packages);
        Assert.Equal(["a"], read.Missing);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("done")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"version": "1.0", "packages": ["slurm", "nfs-utils"]}""")]
    public void Foreign_marker_is_not_a_manifest_and_not_an_error(string text)
    {
        using var node = new TemporaryNode();
        node.Write("/root/thpc_preinstalled.json", text);
        Assert.Equal(new PreinstalledMarker(true, null, null), PreinstalledMarker.Read(node.Root));
    }

    [Theory]
    [InlineData("""{"agent_version": null, "created_at": "2026-01-01T00:00:00Z"}""")]
    [InlineData("""{"agent_version": "1", "created_at": "yesterday"}""")]
    [InlineData("""{"agent_version": "1", "created_at": "2026-01-01T00:00:00Z", "packages": {}}""")]
    [InlineData("""{"agent_version": "\ud800", "created_at": "2026-01-01T00:00:00Z"}""")]
    [InlineData("""{"schema": 1, "packages": [""")]
    [InlineData("\0\0\0\0")]
    public void Damaged_manifest_gives_a_warning_and_counts_as_marker(string text)
    {
        using var node = new TemporaryNode();
        node.Write("/root/thpc_preinstalled.json", text);

        var marker = PreinstalledMarker.Read(node.Root);

        Assert.Equal((true, null), (marker.IsThere, marker.Manifest));
        Assert.StartsWith("/root/thpc_preinstalled.json is damaged: ", marker.Warning, StringComparison.Ordinal);
    }

    [Fact]
    public void Marker_may_be_a_link_within_the_node()
    {
        using var node = new TemporaryNode();
        node.Write("/srv/marker", "");
        File.Delete(node.Root.Marker);
        File.CreateSymbolicLink(node.Root.Marker, "/srv/marker");
        Assert.Equal(new PreinstalledMarker(true, null, null), PreinstalledMarker.Read(node.Root));
    }

    [Theory]
    [InlineData("mkfifo \"$0\"", "a FIFO or a device")]
    [InlineData("mkdir \"$0\"", "a directory")]
    [InlineData("ln -s /nowhere \"$0\"", "a link to /nowhere, which does not exist")]
    [InlineData("ln -s thpc_preinstalled.json \"$0\"", "a link without a target")]
    public async Task Marker_that_is_not_a_file_is_ignored(string make, string what)
    {
        using var node = new TemporaryNode();
        File.Delete(node.Root.Marker);
        var made = await ProgramRunner.RunAsync(
            ["sh", "-c", make, node.Root.Marker], TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.True(made.Succeeded, made.Output);

        var marker = PreinstalledMarker.Read(node.Root);

        Assert.False(marker.IsThere);
        Assert.StartsWith($"/root/thpc_preinstalled.json is {what}", marker.Warning, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_lists_are_empty()
    {
        var manifest = ImageManifest.Parse("""{"agent_version": "1", "created_at": "2026-01-01T00:00:00Z"}"""u8);
        Assert.Empty(manifest!.Packages);
        Assert.Empty(manifest.Missing);
    }

    [Fact]
    public void Corrupted_manifest_is_refused_or_written_and_read_back()
    {
        int taken = 0, refused = 0;
        var text = Full.ToJson();
        Gen.Select(Gen.Int[0, text.Length - 1], Gen.Byte, Gen.OneOf(Gen.Int[0, text.Length], Gen.Const(text.Length))).Sample(
            (at, value, length) =>
            {
                byte[] changed = [.. text];
                changed[at] = value;
                var manifest = ImageManifest.Parse(changed.AsSpan(0, length));
                Interlocked.Increment(ref manifest is null ? ref refused : ref taken);
                Assert.Equal(manifest?.ToJson(), manifest is null ? null : ImageManifest.Parse(manifest.ToJson())?.ToJson());
            },
            iter: 3000);
        Assert.True(taken > 0 && refused > 100, $"{taken} were taken and {refused} refused");
    }

    [Fact]
    public void Huge_marker_is_not_read()
    {
        using var node = new TemporaryNode();
        using (var file = File.OpenWrite(node.Root.Marker))
        {
            file.Write(Full.ToJson());
            file.SetLength(1L << 40);
        }

        var marker = PreinstalledMarker.Read(node.Root);
        Assert.Equal((true, null), (marker.IsThere, marker.Manifest));
    }

    [Fact]
    public void Missing_marker_has_no_manifest() =>
        Assert.Equal(new PreinstalledMarker(false, null, null), PreinstalledMarker.Read(new NodeRoot("/nowhere")));
}
