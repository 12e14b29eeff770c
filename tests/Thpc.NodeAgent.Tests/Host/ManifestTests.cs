using System.Text;
using CsCheck;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Tests.Support;

namespace Thpc.NodeAgent.Tests.Host;

public sealed class ManifestTests
{
    private static readonly Manifest Full = new()
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

        var read = Manifest.Read(node.Root)!;

        Assert.Equal(Full with { Packages = [], Missing = [] }, read with { Packages = [], Missing = [] });
        Assert.Equal(Full.Packages, read.Packages);
        Assert.Equal(Full.Missing, read.Missing);
        Assert.Contains("\"kernel_release\": \"5.14.0-362.el9.x86_64\"", Encoding.UTF8.GetString(Full.ToJson()), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_later_schema_adds_is_passed_over_and_what_an_earlier_one_lacked_is_not_needed()
    {
        var read = Manifest.Parse("""
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
    [InlineData("""{"agent_version": null, "created_at": "2026-01-01T00:00:00Z"}""")]
    [InlineData("""{"agent_version": "1", "created_at": "yesterday"}""")]
    [InlineData("""{"agent_version": "1", "created_at": "2026-01-01T00:00:00Z", "packages": {}}""")]
    [InlineData("""{"agent_version": "\ud800", "created_at": "2026-01-01T00:00:00Z"}""")]
    public void What_somebody_else_wrote_is_no_manifest_and_no_error(string text)
    {
        using var node = new TemporaryNode();
        node.Write("/root/thpc_preinstalled.json", text);
        Assert.Null(Manifest.Read(node.Root));
    }

    [Fact]
    public void Lists_that_it_does_not_have_are_empty()
    {
        var manifest = Manifest.Parse("""{"agent_version": "1", "created_at": "2026-01-01T00:00:00Z"}"""u8);
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
                Manifest.Parse(changed.AsSpan(0, length));
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

        Assert.Null(Manifest.Read(node.Root));
    }

    [Fact]
    public void Without_a_marker_there_is_no_manifest() => Assert.Null(Manifest.Read(new NodeRoot("/nowhere")));
}
