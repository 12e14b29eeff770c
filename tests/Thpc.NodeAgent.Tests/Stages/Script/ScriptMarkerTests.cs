using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Stages.Script;
using Thpc.NodeAgent.Tests.Support;

namespace Thpc.NodeAgent.Tests.Stages.Script;

public sealed class ScriptMarkerTests : IDisposable
{
    private readonly TemporaryNode _node = new();

    public void Dispose() => _node.Dispose();

    [Fact]
    public void A_marker_comes_back_as_it_was_written()
    {
        var marker = new ScriptMarker("cos://b/echo.sh", "AB", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), new Instance { MachineId = "m" });
        marker.Write(_node.On("/marker"));
        Assert.Equal(marker, ScriptMarker.Read(_node.On("/marker")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("""{"script":"s","sha256":"a","finished_at":"2026-01-02T03:04:05Z"}""")]
    [InlineData("""{"script":"s","sha256":"a","finished_at":"2026-01-02T03:04:05Z","instance":null}""")]
    [InlineData("""{"script":null,"sha256":"a","finished_at":"2026-01-02T03:04:05Z","instance":{}}""")]
    public void A_marker_with_a_hole_is_none(string text) => Assert.Null(ScriptMarker.Read(_node.Write("/marker", text)));
}
