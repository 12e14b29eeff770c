using CsCheck;
using Thpc.NodeAgent.Scaling;

namespace Thpc.NodeAgent.Tests.Scaling;

/// <summary>The two examples with 100 nodes are from the user guide.</summary>
public sealed class ScaleOutPlanTests
{
    [Theory]
    [InlineData(100, 0, 200, 50, 0, 100, "50 25 13 6 3 2 1")]
    [InlineData(100, 0, 200, 50, 20, 100, "50 25 13 12")]
    [InlineData(100, 0, 200, 100, 0, 100, "100")]
    [InlineData(100, 0, 200, 100, 0, 30, "30 30 30 10")]
    [InlineData(100, 0, 200, 50, 0, 40, "40 30 15 8 4 2 1")]
    [InlineData(20, 0, 200, 50, 20, 100, "20")]
    [InlineData(21, 0, 200, 50, 20, 100, "11 10")]
    [InlineData(100, 0, 10, 50, 0, 100, "5 3 1 1")]
    [InlineData(100, 4, 10, 100, 0, 100, "6")]
    [InlineData(3, 10, 10, 100, 0, 100, "")]
    [InlineData(3, 12, 10, 100, 0, 100, "")]
    [InlineData(4, 0, 200, 1, 0, 100, "1 1 1 1")]
    public void Rounds_follow_the_settings(int wanted, int running, int maxSize, int ratio, int threshold, int perCycle, string expected) =>
        Assert.Equal(
            expected,
            string.Join(
                ' ', ScaleOutPlan.Create(Queues.Of(maxSize, ratio, threshold, perCycle), wanted, running).Rounds.Select(
                    round => round.Nodes)));

    [Fact]
    public void Every_round_names_its_bound() =>
        Assert.Equal(
            [RoundBound.Cycle, RoundBound.Ratio, RoundBound.Ratio, RoundBound.All],
            ScaleOutPlan.Create(Queues.Of(ratio: 50, threshold: 20, perCycle: 40), 100, 0).Rounds.Select(round => round.Bound));

    [Fact]
    public void Queue_without_expansion_adds_nothing()
    {
        var expansion = ScaleOutPlan.Create(Queues.Of(on: false), 5, 0);
        Assert.Equal((0, ScaleOutEnd.SwitchedOff), (expansion.Added, expansion.End));
    }

    [Fact]
    public void Queue_without_types_adds_nothing()
    {
        var none = Queues.Of() with { LaunchTemplateIds = [] };
        Assert.Equal((0, ScaleOutEnd.NoType), (ScaleOutPlan.Create(none, 5, 0).Added, ScaleOutPlan.Create(none, 5, 0).End));
        Assert.Equal(
            (5, ScaleOutEnd.Complete),
            (ScaleOutPlan.Create(none with { NodesWithoutType = 1 }, 5, 0).Added,
                ScaleOutPlan.Create(none with { NodesWithoutType = 1 }, 5, 0).End));
    }

    [Fact]
    public void All_nodes_that_fit_are_added_within_all_bounds() =>
        Gen.Select(Gen.Int[1, 400], Gen.Int[0, 220], Gen.Int[0, 200], Gen.Int[1, 100], Gen.Int[0, 200], Gen.Int[1, 100])
            .Sample((wanted, running, maxSize, ratio, threshold, perCycle) =>
        {
            var expansion = ScaleOutPlan.Create(Queues.Of(maxSize, ratio, threshold, perCycle), wanted, running);
            Assert.Equal(Math.Min(wanted, Math.Max(0, maxSize - running)), expansion.Added);
            Assert.Equal(expansion.Added == wanted ? ScaleOutEnd.Complete : ScaleOutEnd.MaxSize, expansion.End);
            var left = expansion.Added;
            foreach (var round in expansion.Rounds)
            {
                Assert.Equal(left, round.Need);
                Assert.InRange(round.Nodes, 1, Math.Min(perCycle, left));
                var share = left > threshold ? (int)Math.Ceiling(left * ratio / 100m) : left;
                Assert.Equal(Math.Min(share, perCycle), round.Nodes);
                left -= round.Nodes;
                Assert.Equal(expansion.Added - left, round.Total);
            }

            Assert.Equal(0, left);
        });
}
