using CsCheck;
using Thpc.NodeAgent.Fleet;

namespace Thpc.NodeAgent.Tests.Reporting.Fleet;

public sealed class DurationDistributionTests
{
    private static readonly Gen<long[]> Times = Gen.OneOf(Gen.Long[0, 9], Gen.Long[0, 1L << 40]).Array[1, 300];

    [Fact]
    public void A_percentile_is_the_least_time_that_so_many_per_cent_did_not_exceed() =>
        Gen.Select(Times, Gen.Int[1, 100]).Sample((times, percent) =>
        {
            // Counted for every time there is, and not by its rank.
            var naive = times.Where(time => times.Count(other => other <= time) * 100L >= (long)percent * times.Length).Min();
            return DurationDistribution.From("x", times).Percentile(percent) == naive;
        });

    [Fact]
    public void Every_node_is_in_one_part_and_the_longest_in_the_last() =>
        Gen.Select(Times, Gen.Int[1, 80]).Sample((times, count) =>
        {
            var parts = DurationDistribution.From("x", times).Parts(count);
            Assert.Equal(times.Length, parts.Sum());
            Assert.True(times.Max() == 0 || parts[^1] > 0);
        });

    [Fact]
    public void Of_one_node_all_are_its_own_time()
    {
        var spread = DurationDistribution.From("x", [7]);
        Assert.Equal((7, 7, 7, 1), (spread.P50, spread.P95, spread.Max, spread.Nodes));
    }
}
