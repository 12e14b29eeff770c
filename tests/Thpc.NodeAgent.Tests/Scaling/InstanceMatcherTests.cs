using CsCheck;
using Thpc.NodeAgent.Scaling;

namespace Thpc.NodeAgent.Tests.Scaling;

/// <summary>The examples are from the user guide (集群扩缩容策略说明) and the API's documentation (ScaleUpMemRatio).</summary>
public sealed class InstanceMatcherTests
{
    private static readonly (string, string)[] GuideList =
    [
        ("SA2.2XLARGE16", "ap-guangzhou-4"), ("SA2.2XLARGE16", "ap-guangzhou-5"), ("SA2.2XLARGE16", "ap-guangzhou-6"),
        ("SA3.2XLARGE16", "ap-guangzhou-5"), ("SA3.2XLARGE16", "ap-guangzhou-6"),
    ];

    [Fact]
    public void Guide_scenario_a_chooses_least_CPU_left_despite_more_memory_left() =>
        Assert.Equal(["A", "B"], Tried(new(4, 4, 1), 0, ("A", 4, 16), ("B", 8, 8)));

    [Fact]
    public void Guide_scenario_b_chooses_least_memory_left_if_CPU_left_is_equal() =>
        Assert.Equal(["B", "A"], Tried(new(4, 4, 1), 0, ("A", 4, 16), ("B", 4, 8)));

    [Fact]
    public void Equal_types_are_tried_in_the_order_of_the_list()
    {
        var order = InstanceMatcher.Order(Queues.Of(nodes: GuideList), new ScalingJob(6, 12, 1), _ => new InstanceSize(8, 16), _ => false);
        Assert.Equal([1, 2, 3, 4, 5], order.Select(candidate => candidate.Node.Place));
        Assert.Equal([1, 2, 3, 4, 5], order.Select(candidate => candidate.Rank));
        Assert.All(order, candidate => Assert.Equal((2, 4m, true), (candidate.CpusLeft, candidate.MemoryLeftGb, candidate.IsBestFit)));
        Assert.Equal(
            [Verdict.Chosen, Verdict.Next, Verdict.Next, Verdict.Next, Verdict.Next], order.Select(candidate => candidate.Verdict));
    }

    [Fact]
    public void Next_type_is_chosen_if_one_is_sold_out()
    {
        var order = InstanceMatcher.Order(
            Queues.Of(nodes: GuideList), new ScalingJob(6, 12, 1), _ => new InstanceSize(8, 16),
            node => node.Zone is "ap-guangzhou-4" or "ap-guangzhou-5");
        Assert.Equal(
            [Verdict.SoldOut, Verdict.SoldOut, Verdict.Chosen, Verdict.SoldOut, Verdict.Next],
            order.Select(candidate => candidate.Verdict));
    }

    [Fact]
    public void Job_of_15_GB_matches_a_type_of_16_GB_without_ScaleUpMemRatio() =>
        Assert.Equal(["C16", "C32"], Tried(new(8, 15, 1), 0, ("C32", 8, 32), ("C16", 8, 16)));

    [Fact]
    public void ScaleUpMemRatio_of_10_needs_16_point_5_GB_for_a_job_of_15_GB()
    {
        Assert.Equal(16.5m, InstanceMatcher.NeededMemoryGb(Queues.Of(memoryRatio: 10), new ScalingJob(8, 15, 1)));
        Assert.Equal(["C32"], Tried(new(8, 15, 1), 10, ("C32", 8, 32), ("C16", 8, 16)));
    }

    [Fact]
    public void Exact_fit_is_accepted() => Assert.Equal(["A"], Tried(new(4, 16, 1), 0, ("A", 4, 16)));

    [Fact]
    public void Too_small_type_is_never_tried_and_names_the_shortage()
    {
        var only = Assert.Single(InstanceMatcher.Order(
            Queues.Of(memoryRatio: 10, nodes: [("A", "z")]), new ScalingJob(6, 15, 1), _ => new InstanceSize(4, 16), _ => false));
        Assert.Equal((null, Verdict.TooSmall, -2, 1m), (only.Rank, only.Verdict, only.CpusLeft, only.MemoryLeftGb));
        Assert.Equal("too small: 4 CPUs (the job needs 6), 16 GB (the job needs 16.5)", only.Why);
    }

    [Fact]
    public void Worse_fit_is_distinguished_from_the_best()
    {
        InstanceSize SizeOf(string type) => type switch { "A" => new(8, 16), "B" => new(8, 32), _ => new(16, 16) };
        var order = InstanceMatcher.Order(
            Queues.Of(nodes: [("C", "z"), ("B", "z"), ("A", "z")]), new ScalingJob(8, 16, 1), SizeOf, node => node.InstanceType == "A");
        Assert.Equal(
            [("A", true, Verdict.SoldOut), ("B", false, Verdict.Chosen), ("C", false, Verdict.Next)],
            order.Select(candidate => (candidate.Node.InstanceType, candidate.IsBestFit, candidate.Verdict)));
        Assert.Equal(
            ["sold out; leaves the least CPU, then the least memory", "leaves as little CPU, 16 GB more memory", "leaves 8 CPUs more"],
            order.Select(candidate => candidate.Why));
    }

    [Fact]
    public void Any_list_is_ranked_by_what_is_left_and_the_first_available_type_is_chosen()
    {
        var sizes = Gen.Select(Gen.Int[1, 6], Gen.Int[1, 6]).List[0, 12];
        Gen.Select(sizes, Gen.Int[1, 6], Gen.Int[1, 6], Gen.Int[0, 4095], Gen.Int[0, 60]).Sample((sizes, cpus, memory, soldOut, ratio) =>
        {
            var queue = Queues.Of(memoryRatio: ratio, nodes: [.. sizes.Select((_, index) => ($"T{index}", "z"))]);
            var order = InstanceMatcher.Order(
                queue, new ScalingJob(cpus, memory, 1), type => Size(sizes[int.Parse(type[1..], null)]),
                node => (soldOut >> node.Place & 1) != 0);
            Assert.Equal(Enumerable.Range(1, sizes.Count), order.Select(candidate => candidate.Node.Place).Order());
            var tried = order.Where(candidate => candidate.Rank is not null).ToList();
            Assert.Equal(Enumerable.Range(1, tried.Count), tried.Select(candidate => candidate.Rank!.Value));
            Assert.Equal(tried.Select(Key).Order(), tried.Select(Key));
            Assert.All(
                order, candidate =>
                    Assert.Equal(
                        candidate.Size.Cpus >= cpus && candidate.Size.MemoryGb * 100 >= memory * (100 + ratio),
                        candidate.Rank is not null));
            Assert.Equal(
                tried.Find(candidate => candidate.Verdict != Verdict.SoldOut),
                tried.Find(candidate => candidate.Verdict == Verdict.Chosen));
            Assert.True(tried.Count(candidate => candidate.Verdict == Verdict.Chosen) <= 1);
        });

        static InstanceSize Size((int Cpus, int Memory) size) => new(size.Cpus, size.Memory);
        static (int, decimal, int) Key(InstanceCandidate candidate) => (candidate.CpusLeft, candidate.MemoryLeftGb, candidate.Node.Place);
    }

    private static IEnumerable<string> Tried(ScalingJob job, int memoryRatio, params (string Type, int Cpus, int Memory)[] types) =>
        InstanceMatcher.Order(
            Queues.Of(memoryRatio: memoryRatio, nodes: [.. types.Select(type => (type.Type, "ap-guangzhou-4"))]),
            job,
            name => types.Where(type => type.Type == name).Select(type => new InstanceSize(type.Cpus, type.Memory)).First(),
            _ => false).Where(candidate => candidate.Rank is not null).Select(candidate => candidate.Node.InstanceType);
}
