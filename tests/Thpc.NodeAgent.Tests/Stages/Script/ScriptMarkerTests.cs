using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Stages.Script;

namespace Thpc.NodeAgent.Tests.Stages.Script;

public sealed class ScriptMarkerTests : IDisposable
{
    private readonly TemporaryNode _node = new();

    public void Dispose() => _node.Dispose();

    [Fact]
    public void Written_marker_is_read_back()
    {
        var marker = new ScriptMarker(
            "cos://b/echo.sh", "AB", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), new MachineIdentity { MachineId = "m" });
        marker.Write(_node.On("/marker"));
        Assert.Equal(marker, ScriptMarker.Read(_node.On("/marker")));
    }

    [Fact]
    public void Marker_of_earlier_version_has_no_arguments()
    {
        var marker = ScriptMarker.Read(
            _node.Write("/marker", """{"script":"s","sha256":"AB","finished_at":"2026-01-02T03:04:05Z","instance":{}}"""));
        var script = new InitScript(new Uri("file:///s"), TimeSpan.FromSeconds(30), null, false);
        Assert.True(marker?.IsOf(script));
        Assert.True(marker?.IsOf(script with { Sha256 = "AB" }));
        Assert.False(marker?.IsOf(script with { Sha256 = "CD" }));
        Assert.False(marker?.IsOf(script with { Args = ["-v"] }));
    }

    [Fact]
    public void Longest_marker_fits_into_reserved_space()
    {
        var script = new InitScript(new Uri($"https://h/{new string('x', 240)}"), TimeSpan.FromSeconds(30), null, false)
        {
            Args = [.. Enumerable.Repeat(new string('脚', 1365), 64), .. Enumerable.Repeat("", 64)],
        };
        ScriptMarker.Reserve(_node.On("/marker"), script);
        var reserved = new FileInfo(AtomicFile.TemporaryName(_node.On("/marker"))).Length;
        var id = new string('\u4e00', 199);
        new ScriptMarker(
            script.DisplayName, new string('A', 64), DateTimeOffset.MaxValue,
            new MachineIdentity { Metadata = id, CloudInit = "x", ProductUuid = "x", MachineId = "x" })
        {
            Args = script.Args,
            BootId = new string('0', 36),
        }.Write(_node.On("/marker"));
        Assert.InRange(new FileInfo(_node.On("/marker")).Length, 0, reserved);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("""{"script":"s","sha256":"a","finished_at":"2026-01-02T03:04:05Z"}""")]
    [InlineData("""{"script":"s","sha256":"a","finished_at":"2026-01-02T03:04:05Z","instance":null}""")]
    [InlineData("""{"script":null,"sha256":"a","finished_at":"2026-01-02T03:04:05Z","instance":{}}""")]
    public void Incomplete_marker_is_ignored(string text) => Assert.Null(ScriptMarker.Read(_node.Write("/marker", text)));
}
