using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.Fleet;

/// <summary>A value of a node that few or none of its siblings have.</summary>
/// <param name="Feature">Such as "kernel" or "stage mount".</param>
/// <param name="Same">Number of siblings with the node's value; for a time, of siblings that deviate about as much.</param>
/// <param name="Compared">Number of siblings whose reports have the feature.</param>
internal abstract record NodeDifference(string Feature, int Same, int Compared)
{
    /// <summary>How rare the value is among the siblings, in bits.</summary>
    public double Surprise => Math.Log2((Compared + 2.0) / (Same + 1));
}

/// <param name="Usual">The value that most siblings have.</param>
/// <param name="UsualCount">Number of siblings that have it.</param>
internal sealed record ValueDifference(string Feature, int Same, int Compared, string Value, string Usual, int UsualCount)
    : NodeDifference(Feature, Same, Compared);

/// <param name="Ms">The node's time in milliseconds.</param>
/// <param name="Siblings">The siblings' times.</param>
/// <param name="Stage">The stage of a step; null for a stage and the run.</param>
/// <param name="Notes">The step's notes, such as retries.</param>
internal sealed record TimeDifference(
    string Feature, int Same, int Compared, long Ms, DurationDistribution Siblings, string? Stage, IReadOnlyList<NoteReport> Notes)
    : NodeDifference(Feature, Same, Compared)
{
    /// <summary>Milliseconds more than the median; negative if less.</summary>
    public long Excess => Ms - Siblings.P50;
}
