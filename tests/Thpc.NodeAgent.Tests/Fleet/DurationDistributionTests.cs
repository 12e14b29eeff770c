using CsCheck;
using Thpc.NodeAgent.Fleet;

namespace Thpc.NodeAgent.Tests.Fleet;

public sealed class DurationDistributionTests
{
    private static readonly Gen<long[]> Times = Gen.OneOf(Gen.Long[0, 9], Gen.Long[0, 1L << 40]).Array[1, 300];

    [Fact]
    public void Percentile_is_the_nearest_rank() =>
        Gen.Select(Times, Gen.Int[1, 100]).Sample((times, percent) =>
        {
            // The oracle counts for every duration, instead of computing a rank.
            var naive = times.Where(time => times.Count(other => other <= time) * 100L >= (long)percent * times.Length).Min();
            return DurationDistribution.From("x", times).Percentile(percent) == naive;
        });

    [Fact]
    public void Histogram_counts_every_node_once_and_the_longest_in_the_last_bin() =>
        Gen.Select(Times, Gen.Int[1, 80]).Sample((times, count) =>
        {
            var parts = DurationDistribution.From("x", times).Histogram(count);
            Assert.Equal(times.Length, parts.Sum());
            Assert.True(times.Max() == 0 || parts[^1] > 0);
        });

    [Fact]
    public void All_percentiles_of_one_node_are_its_duration()
    {
        var spread = DurationDistribution.From("x", [7]);
        Assert.Equal((7, 7, 7, 1), (spread.P50, spread.P95, spread.Max, spread.Nodes));
    }
}
