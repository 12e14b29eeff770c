namespace Thpc.NodeAgent.Fleet;

/// <summary>
/// What differs between a node and its siblings, the nodes of the same cluster and role. A difference is claimed only where the siblings
/// agree and the node stands apart, so that ordinary jitter is not reported.
/// </summary>
/// <param name="Siblings">Number of siblings.</param>
/// <param name="Differences">The most surprising first; of equally surprising ones, causes (such as a kernel) before times.</param>
internal sealed record NodeComparison(NodeRun Node, int Siblings, IReadOnlyList<NodeDifference> Differences)
{
    /// <summary>Fewer siblings do not tell what is usual.</summary>
    public const int MinSiblings = 3;

    private const int MinTimes = 5;

    // A node stands apart if at most one in twenty siblings is like it, and at most one in five stands apart from the others, too.
    private const int MaxSameShare = 20;
    private const int MaxRareShare = 5;

    // Times are compared by the logarithm of milliseconds, after adding a floor below which differences do not matter.
    private const double FloorMs = 250;
    private const double MinRatio = 2;
    private const long MinExcessMs = 500;

    // A time stands apart that many standard deviations beyond nine in ten siblings, so that a group of slow siblings is usual, too.
    // The usual jitter of a step counts like that many siblings, because few siblings do not show theirs.
    private const double MinDeviations = 3.5;
    private const int EdgePercent = 90;
    private const double UsualJitter = 0.3;
    private const double MinJitter = 0.1;
    private const int UsualJitterWeight = 8;

    // The middle half of a normal distribution is that many standard deviations wide.
    private const double HalfWidth = 1.349;

    // A sibling with this part of the node's time, or with which the node has this part, is about as slow or as fast.
    private const double AboutAsMuch = 0.6;

    // A stage is explained by its steps if they make up this part of its excess.
    private const double Explained = 0.6;

    /// <param name="runs">All nodes, with or without the node.</param>
    public static NodeComparison Of(NodeRun node, IEnumerable<NodeRun> runs)
    {
        var own = NodeFeatures.From(node.Report);
        List<NodeFeatures> siblings =
        [
            .. runs.Where(run => !ReferenceEquals(run, node)
                && run.Report.ClusterId == node.Report.ClusterId && run.Report.NodeRole == node.Report.NodeRole)
                .Select(run => NodeFeatures.From(run.Report)),
        ];
        if (siblings.Count < MinSiblings)
        {
            return new NodeComparison(node, siblings.Count, []);
        }

        // Also packages and storage that only siblings have; warnings that only siblings have are no difference of this node.
        var features = siblings.SelectMany(sibling => sibling.Values.Keys)
            .Where(feature => !feature.StartsWith(NodeFeatures.Warning, StringComparison.Ordinal)).Concat(own.Values.Keys);
        var values = features.Distinct(StringComparer.Ordinal)
            .Select(feature => CompareValue(feature, own, siblings)).OfType<NodeDifference>();
        List<TimeDifference> times = [.. own.Times.Keys.Select(feature => CompareTime(feature, own, siblings)).OfType<TimeDifference>()];
        List<NodeDifference> differences = [.. values.Concat(times.Where(time => !IsExplained(time, times)))];
        differences.Sort(Compare);
        return new NodeComparison(node, siblings.Count, differences);
    }

    /// <summary>The order of differences: surprise, then values before times, then excess, then name.</summary>
    private static int Compare(NodeDifference one, NodeDifference other)
    {
        static long Excess(NodeDifference difference) => difference is TimeDifference time ? Math.Abs(time.Excess) : -1;
        var surprise = other.Surprise.CompareTo(one.Surprise);
        var kind = (one is TimeDifference).CompareTo(other is TimeDifference);
        var excess = Excess(other).CompareTo(Excess(one));
        return surprise != 0 ? surprise : kind != 0 ? kind : excess != 0 ? excess : string.CompareOrdinal(one.Feature, other.Feature);
    }

    private static ValueDifference? CompareValue(string feature, NodeFeatures own, List<NodeFeatures> siblings)
    {
        if (own.Value(feature) is not { } value)
        {
            return null;
        }

        List<string> others = [.. siblings.Select(sibling => sibling.Value(feature)).OfType<string>()];
        var same = others.Count(other => other == value);
        if (others.Count < MinSiblings || same * MaxSameShare > others.Count)
        {
            return null;
        }

        var groups = others.GroupBy(other => other).ToList();
        var usual = groups.MaxBy(group => group.Count())!;
        var rare = groups.Where(group => (group.Count() - 1) * MaxSameShare <= others.Count).Sum(group => group.Count());
        return rare * MaxRareShare > others.Count
            ? null
            : new ValueDifference(feature, same, others.Count, value, usual.Key, usual.Count());
    }

    private static TimeDifference? CompareTime(string feature, NodeFeatures own, List<NodeFeatures> siblings)
    {
        var time = own.Times[feature];
        List<long> others = [.. siblings.Select(sibling => sibling.Times.GetValueOrDefault(feature)?.Ms).OfType<long>()];
        if (others.Count < MinTimes)
        {
            return null;
        }

        var distribution = DurationDistribution.From(feature, others);
        var isSlow = time.Ms > distribution.P50;
        var edge = distribution.Percentile(isSlow ? EdgePercent : 100 - EdgePercent);
        var beyond = isSlow ? Scale(time.Ms) - Scale(edge) : Scale(edge) - Scale(time.Ms);
        if (beyond < Math.Max(Math.Log(MinRatio), MinDeviations * Jitter(distribution)) || Math.Abs(time.Ms - edge) < MinExcessMs)
        {
            return null;
        }

        var same = others.Count(other => isSlow ? other >= time.Ms * AboutAsMuch : other * AboutAsMuch <= time.Ms);
        return same * MaxSameShare > others.Count
            ? null
            : new TimeDifference(feature, same, others.Count, time.Ms, distribution, time.Stage, time.Notes);
    }

    /// <summary>Whether the parts of a stage or run that stand out, too, make up most of its excess.</summary>
    private static bool IsExplained(TimeDifference whole, List<TimeDifference> times)
    {
        var parts = times.Where(part => whole.Feature == NodeFeatures.WholeRun
            ? part != whole && !part.Feature.StartsWith(NodeFeatures.Boot, StringComparison.Ordinal)
                && !(part.Stage is { } stage && times.Exists(other => other.Feature == $"stage {stage}"))
            : part.Stage is { } name && whole.Feature == $"stage {name}");
        return whole.Stage is null && (double)parts.Sum(part => part.Excess) / whole.Excess >= Explained;
    }

    /// <summary>
    /// The standard deviation of the logarithms, by the narrowest range that half of the siblings are in: a second group does not widen it.
    /// </summary>
    private static double Jitter(DurationDistribution times)
    {
        var sorted = times.Sorted;
        var half = (sorted.Count / 2) + 1;
        var width = double.MaxValue;
        for (var i = 0; i + half <= sorted.Count; i++)
        {
            width = Math.Min(width, Scale(sorted[i + half - 1]) - Scale(sorted[i]));
        }

        var logarithm = (sorted.Count * Math.Log(Math.Max(width / HalfWidth, MinJitter))) + (UsualJitterWeight * Math.Log(UsualJitter));
        return Math.Exp(logarithm / (sorted.Count + UsualJitterWeight));
    }

    private static double Scale(long milliseconds) => Math.Log(milliseconds + FloorMs);
}
