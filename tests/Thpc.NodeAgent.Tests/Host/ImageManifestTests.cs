using System.Text;
using CsCheck;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Tests.Support;

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
    public void What_was_written_is_read()
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
    public void What_a_later_schema_adds_is_passed_over_and_what_an_earlier_one_lacked_is_not_needed()
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
    public void What_somebody_else_wrote_is_no_manifest_and_no_error(string text)
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
    public void A_damaged_manifest_is_named_and_the_packages_are_taken_to_be_there(string text)
    {
        using var node = new TemporaryNode();
        node.Write("/root/thpc_preinstalled.json", text);

        var marker = PreinstalledMarker.Read(node.Root);

        Assert.Equal((true, null), (marker.IsThere, marker.Manifest));
        Assert.StartsWith("/root/thpc_preinstalled.json is damaged: ", marker.Warning, StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_within_the_node_is_followed()
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
    [InlineData("ln -s thpc_preinstalled.json \"$0\"", "a link that leads nowhere")]
    public async Task What_is_no_file_is_not_opened_and_does_not_count(string make, string what)
    {
        using var node = new TemporaryNode();
        File.Delete(node.Root.Marker);
        var made = await ProgramRunner.RunAsync(["sh", "-c", make, node.Root.Marker], TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.True(made.Succeeded, made.Output);

        var marker = PreinstalledMarker.Read(node.Root);

        Assert.False(marker.IsThere);
        Assert.StartsWith($"/root/thpc_preinstalled.json is {what}", marker.Warning, StringComparison.Ordinal);
    }

    [Fact]
    public void Lists_that_it_does_not_have_are_empty()
    {
        var manifest = ImageManifest.Parse("""{"agent_version": "1", "created_at": "2026-01-01T00:00:00Z"}"""u8);
        Assert.Empty(manifest!.Packages);
        Assert.Empty(manifest.Missing);
    }

    [Fact]
    public void Whatever_becomes_of_its_bytes_reading_it_is_no_error()
    {
        var text = Full.ToJson();
        Gen.Select(Gen.Int[0, text.Length - 1], Gen.Byte, Gen.Int[0, text.Length]).Sample(
            (at, value, length) =>
            {
                byte[] changed = [.. text];
                changed[at] = value;
                ImageManifest.Parse(changed.AsSpan(0, length));
            },
            iter: 3000);
    }

    [Fact]
    public void A_file_of_many_megabytes_is_no_manifest_and_not_read()
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
    public void Without_a_marker_there_is_no_manifest() => Assert.Equal(new PreinstalledMarker(false, null, null), PreinstalledMarker.Read(new NodeRoot("/nowhere")));
}
