namespace Thpc.NodeAgent.Fleet;

/// <summary>How long something took on many nodes.</summary>
/// <param name="Sorted">Milliseconds, the shortest first; at least one.</param>
internal sealed record DurationDistribution(string Name, IReadOnlyList<long> Sorted)
{
    public int Nodes => Sorted.Count;

    public long P50 => Percentile(50);

    public long P95 => Percentile(95);

    public long Max => Sorted[^1];

    public static DurationDistribution From(string name, IEnumerable<long> milliseconds) => new(name, [.. milliseconds.Order()]);

    /// <summary>By nearest rank: a time that a node really took, which so many per cent of the nodes did not exceed.</summary>
    /// <param name="percent">1 to 100.</param>
    public long Percentile(int percent) => Sorted[(int)((((long)Sorted.Count * percent) + 99) / 100) - 1];

    /// <summary>How many nodes lie in each of so many parts of the time from nothing to the longest.</summary>
    public IReadOnlyList<int> Parts(int count)
    {
        var parts = new int[count];
        foreach (var milliseconds in Sorted)
        {
            parts[(int)Math.Min(count - 1, (double)milliseconds * count / Math.Max(1, Max))]++;
        }

        return parts;
    }
}
