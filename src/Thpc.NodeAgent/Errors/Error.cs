namespace Thpc.NodeAgent.Errors;

/// <summary>An expected failure as a value.</summary>
/// <param name="Code">Stable: it is never renamed.</param>
/// <param name="Message">What was tried, on what, and what came back. The first line is the cause.</param>
/// <param name="Hint">What an operator should do next.</param>
internal sealed record Error(ErrorCode Code, string Message, LocalizedText Hint)
{
    /// <summary>
    /// The cause without what it happened to, such as "172.30.3.90:2049: no answer within 3 s". Failures with equal causes are one fault;
    /// null where the message alone tells what failed.
    /// </summary>
    public string? Cause { get; init; }

    /// <summary>What a script was doing when its time ran out; null for every other error.</summary>
    public TimeoutDiagnostics? Diagnostics { get; init; }
}
