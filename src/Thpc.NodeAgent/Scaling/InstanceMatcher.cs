using System.Globalization;

namespace Thpc.NodeAgent.Scaling;

/// <summary>
/// Finds the instance type that THPC_AS chooses for a job, by the user guide (集群扩缩容策略说明) and the API's QueueConfig: the type that
/// leaves the least CPU, then the least memory, then the one listed first. If it is sold out, the next one is tried.
/// </summary>
internal static class InstanceMatcher
{
    /// <summary>Returns the memory that a type must have, in GB: the job's memory, increased by ScaleUpMemRatio per cent.</summary>
    public static decimal NeededMemoryGb(ScalingQueue queue, ScalingJob job) => job.MemoryGb * (100 + queue.ScaleUpMemRatio) / 100;

    /// <summary>Returns every entry of the queue's list: fitting types in the order of trying, then types that are too small.</summary>
    /// <param name="sizeOf">Returns the size of every type of the queue.</param>
    public static IReadOnlyList<InstanceCandidate> Order(
        ScalingQueue queue,
        ScalingJob job,
        Func<string, InstanceSize> sizeOf,
        Func<ScaleOutNode, bool> isSoldOut)
    {
        var memory = NeededMemoryGb(queue, job);
        var all = queue.Nodes.Select(node => (Node: node, Size: sizeOf(node.InstanceType))).ToList();
        var fitting = all.Where(item => item.Size.Cpus >= job.Cpus && item.Size.MemoryGb >= memory)
            .OrderBy(item => item.Size.Cpus).ThenBy(item => item.Size.MemoryGb).ThenBy(item => item.Node.Place).ToList();
        var taken = fitting.Find(item => !isSoldOut(item.Node)).Node;
        return
        [
            .. fitting.Select((item, index) =>
            {
                var verdict = isSoldOut(item.Node) ? Verdict.SoldOut : item.Node == taken ? Verdict.Chosen : Verdict.Next;
                var best = fitting[0].Size;
                var isBest = (item.Size.Cpus, item.Size.MemoryGb) == (best.Cpus, best.MemoryGb);
                var soldOut = verdict == Verdict.SoldOut ? "sold out; " : "";
                var why = soldOut + Reason(item.Node, item.Size, best, isBest, index == 0);
                return Candidate(item.Node, item.Size, index + 1, verdict, isBest, why);
            }),
            .. all.Where(item => !fitting.Contains(item))
                .Select(item => Candidate(item.Node, item.Size, null, Verdict.TooSmall, false, TooSmall(item.Size))),
        ];

        InstanceCandidate Candidate(ScaleOutNode node, InstanceSize size, int? rank, Verdict verdict, bool isBest, string why) =>
            new(node, size, rank, verdict, size.Cpus - job.Cpus, size.MemoryGb - job.MemoryGb, isBest, why);

        string TooSmall(InstanceSize size) => "too small: " + string.Join(", ", ((string?[])
        [
            size.Cpus < job.Cpus ? string.Create(CultureInfo.InvariantCulture, $"{size.Cpus} CPUs (the job needs {job.Cpus})") : null,
            size.MemoryGb < memory ? $"{MemorySize.Format(size.MemoryGb)} GB (the job needs {MemorySize.Format(memory)})" : null,
        ]).OfType<string>());
    }

    private static string Reason(ScaleOutNode node, InstanceSize size, InstanceSize best, bool isBest, bool isFirst) =>
        isFirst ? "leaves the least CPU, then the least memory"
        : isBest ? string.Create(CultureInfo.InvariantCulture, $"leaves as little; place {node.Place} in the list")
        : size.Cpus == best.Cpus ? $"leaves as little CPU, {MemorySize.Format(size.MemoryGb - best.MemoryGb)} GB more memory"
        : string.Create(CultureInfo.InvariantCulture, $"leaves {size.Cpus - best.Cpus} CPUs more");
}
