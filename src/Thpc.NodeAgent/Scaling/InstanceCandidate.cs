namespace Thpc.NodeAgent.Scaling;

internal enum Verdict
{
    /// <summary>The first in order that is not sold out.</summary>
    Chosen,

    /// <summary>Tried if all before it fail.</summary>
    Next,

    /// <summary>Tried, and not to be had.</summary>
    SoldOut,

    /// <summary>The job does not fit.</summary>
    TooSmall,
}

/// <summary>A type in a zone, and what the policy does with it.</summary>
/// <param name="Rank">In the order of trying, from 1; null where it is never tried.</param>
/// <param name="CpusLeft">After the job; below zero where it does not fit. So is <paramref name="MemoryLeftGb"/>.</param>
/// <param name="IsBestFit">Whether nothing in the list leaves less: documents say that these are tried one after the other.</param>
/// <param name="Why">A person's reason for rank and verdict.</param>
internal sealed record InstanceCandidate(
    ScaleOutNode Node,
    InstanceSize Size,
    int? Rank,
    Verdict Verdict,
    int CpusLeft,
    decimal MemoryLeftGb,
    bool IsBestFit,
    string Why);
