namespace Thpc.NodeAgent.Scaling;

internal enum Verdict
{
    /// <summary>The first candidate in order that is not sold out.</summary>
    Chosen,

    /// <summary>Tried if all candidates before it fail.</summary>
    Next,

    /// <summary>Tried, but not available.</summary>
    SoldOut,

    /// <summary>The job does not fit.</summary>
    TooSmall,
}

/// <summary>An instance type in a zone, and how the policy ranks it.</summary>
/// <param name="Rank">The order in which it is tried, from 1; null if it is never tried.</param>
/// <param name="CpusLeft">CPUs left beside the job; negative if the job does not fit.</param>
/// <param name="MemoryLeftGb">Memory left beside the job, in GB; negative if the job does not fit.</param>
/// <param name="IsBestFit">Whether no other type leaves less. By the documentation, these are tried one after the other.</param>
/// <param name="Why">The reason for rank and verdict, for display.</param>
internal sealed record InstanceCandidate(
    ScaleOutNode Node,
    InstanceSize Size,
    int? Rank,
    Verdict Verdict,
    int CpusLeft,
    decimal MemoryLeftGb,
    bool IsBestFit,
    string Why);
