using Thpc.NodeAgent.Stages.Script;

namespace Thpc.NodeAgent.Tests.Stages.Script;

public sealed class ScriptRetryPolicyTests
{
    [Fact]
    public void Pauses_double_up_to_30_seconds()
    {
        var pauses = new ScriptRetryPolicy();
        Assert.Equal([1, 2, 4, 8, 16, 30, 30], Enumerable.Range(0, 7).Select(_ => pauses.Next().TotalSeconds));
    }
}
