using CsCheck;
using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Tests.Host;

public sealed class BackoffTests
{
    [Fact]
    public void Pauses_lie_in_windows_that_double_up_to_the_greatest() =>
        Gen.Select(Gen.Double[0.01, 2], Gen.Double[2, 10]).Sample((first, greatest) =>
        {
            var backoff = new Backoff(TimeSpan.FromSeconds(first), TimeSpan.FromSeconds(greatest));
            var window = first;
            for (var i = 0; i < 12; i++)
            {
                var pause = backoff.Next().TotalSeconds;
                Assert.InRange(pause, (window * 0.1) - 0.001, window + 0.001);
                window = Math.Min(window * 2, greatest);
            }
        });

    [Fact]
    public void Nodes_that_failed_together_do_not_come_back_together() =>
        Assert.True(Enumerable.Range(0, 50).Select(_ => new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(8)).Next()).Distinct().Count() > 40);
}
