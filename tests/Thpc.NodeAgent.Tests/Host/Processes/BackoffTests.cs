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
    public void Pauses_without_jitter_double_up_to_the_maximum()
    {
        var backoff = new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30), jitter: false);
        Assert.Equal([1, 2, 4, 8, 16, 30, 30], Enumerable.Range(0, 7).Select(_ => backoff.Next().TotalSeconds));
    }

    [Theory]
    [InlineData(10, 1, 4.0)]
    [InlineData(3, 1, 2.0)]
    [InlineData(1.25, 1, 0.25)]
    [InlineData(1.24, 1, null)]
    [InlineData(-1, 1, null)]
    public void Pause_leaves_time_for_the_next_attempt(double left, double reserve, double? pause) =>
        Assert.Equal(
            pause,
            new Backoff(TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(8), jitter: false)
                .NextWithin(TimeSpan.FromSeconds(left), TimeSpan.FromSeconds(reserve))?.TotalSeconds);

    [Theory]
    [InlineData(1, 9, "")]
    [InlineData(2, 12.34, " (attempt 2, 12.3 s after the first)")]
    [InlineData(3, 12, " (attempt 3, 12 s after the first)")]
    public void Number_of_attempts_is_part_of_the_last_error(int number, double seconds, string expected) =>
        Assert.Equal(expected, Backoff.Attempts(number, TimeSpan.FromSeconds(seconds)).English);

    [Fact]
    public void Nodes_that_failed_together_retry_at_different_times() =>
        Assert.True(Enumerable.Range(0, 50)
            .Select(_ => new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(8)).Next()).Distinct().Count() > 40);
}
