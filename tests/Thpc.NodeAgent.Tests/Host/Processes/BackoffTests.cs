using CsCheck;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Tests.Host.Processes;

public sealed class BackoffTests
{
    [Fact]
    public void Pauses_grow_up_to_the_maximum_and_fit_the_remaining_time() =>
        Gen.Select(Gen.Double[0.01, 2], Gen.Double[2, 10], Gen.Int[2, 5], Gen.Double[0.01, 20]).Sample((first, greatest, factor, max) =>
        {
            var backoff = new Backoff(TimeSpan.FromSeconds(first), TimeSpan.FromSeconds(greatest), factor);
            var window = first;
            for (var i = 0; i < 12; i++)
            {
                var pause = backoff.Next(TimeSpan.FromSeconds(max)).TotalSeconds;
                Assert.InRange(pause, (Math.Min(window, max) * 0.1) - 0.001, Math.Min(window, max) + 0.001);
                window = Math.Min(window * factor, greatest);
            }
        });

    [Fact]
    public void Nodes_that_failed_together_retry_at_different_times() =>
        Assert.True(Enumerable.Range(0, 50)
            .Select(_ => new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(8)).Next()).Distinct().Count() > 40);
}
