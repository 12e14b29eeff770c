namespace Thpc.NodeAgent.Fleet;

/// <summary>The durations of a stage or a run on many nodes.</summary>
/// <param name="Sorted">Durations in milliseconds, the shortest first; at least one.</param>
internal sealed record DurationDistribution(string Name, IReadOnlyList<long> Sorted)
{
    public int Nodes => Sorted.Count;

    public long P50 => Percentile(50);

    public long P95 => Percentile(95);

    public long Max => Sorted[^1];

    public static DurationDistribution From(string name, IEnumerable<long> milliseconds) => new(name, [.. milliseconds.Order()]);

    /// <summary>Returns the percentile in milliseconds by nearest rank, which is always the duration of a real node.</summary>
    /// <param name="percent">1 to 100.</param>
    public long Percentile(int percent) => Sorted[(int)((((long)Sorted.Count * percent) + 99) / 100) - 1];

    /// <summary>Returns a histogram: the number of nodes in each of <paramref name="count"/> equal bins from 0 to the maximum.</summary>
    public IReadOnlyList<int> Histogram(int count)
    {
        var bins = new int[count];
        foreach (var milliseconds in Sorted)
        {
            bins[(int)Math.Min(count - 1, (double)milliseconds * count / Math.Max(1, Max))]++;
        }

        return bins;
    }
}
