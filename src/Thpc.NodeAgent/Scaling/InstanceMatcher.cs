using System.Globalization;

namespace Thpc.NodeAgent.Scaling;

/// <summary>
/// Which type THPC_AS takes for a job, by the user guide (集群扩缩容策略说明) and the API's QueueConfig: the one with the least CPU left after
/// the job, then the least memory; among equals the lowest place in the list, and the next of them where one is sold out.
/// </summary>
internal static class InstanceMatcher
{
    /// <summary>The memory a type must have: ScaleUpMemRatio makes the job's count for more.</summary>
    public static decimal NeededMemoryGb(ScalingQueue queue, ScalingJob job) => job.MemoryGb * (100 + queue.ScaleUpMemRatio) / 100;

    /// <summary>Every entry of the queue's list: those that are tried in their order, then those that are too small.</summary>
    /// <param name="sizeOf">Knows every type of the queue.</param>
    public static IReadOnlyList<InstanceCandidate> Order(ScalingQueue queue, ScalingJob job, Func<string, InstanceSize> sizeOf, Func<ScaleOutNode, bool> isSoldOut)
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
                return Of(item.Node, item.Size, index + 1, verdict, isBest, (verdict == Verdict.SoldOut ? "sold out; " : "") + Reason(item.Node, item.Size, best, isBest, index == 0));
            }),
            .. all.Where(item => !fitting.Contains(item)).Select(item => Of(item.Node, item.Size, null, Verdict.TooSmall, false, TooSmall(item.Size))),
        ];

        InstanceCandidate Of(ScaleOutNode node, InstanceSize size, int? rank, Verdict verdict, bool isBest, string why) =>
            new(node, size, rank, verdict, size.Cpus - job.Cpus, size.MemoryGb - job.MemoryGb, isBest, why);

        string TooSmall(InstanceSize size) => "too small: " + string.Join(", ", ((string?[])
        [
            size.Cpus < job.Cpus ? Text($"{size.Cpus} CPUs where the job needs {job.Cpus}") : null,
            size.MemoryGb < memory ? $"{MemorySize.Format(size.MemoryGb)} GB where it needs {MemorySize.Format(memory)}" : null,
        ]).OfType<string>());
    }

    private static string Reason(ScaleOutNode node, InstanceSize size, InstanceSize best, bool isBest, bool isFirst) =>
        isFirst ? "leaves the least CPU, then the least memory"
        : isBest ? Text($"leaves as little; place {node.Place} in the list")
        : size.Cpus == best.Cpus ? $"leaves as little CPU, {MemorySize.Format(size.MemoryGb - best.MemoryGb)} GB more memory"
        : Text($"leaves {size.Cpus - best.Cpus} CPUs more");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
