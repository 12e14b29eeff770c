namespace Thpc.NodeAgent.Errors;

/// <summary>An expected failure as a value.</summary>
/// <param name="Code">Stable: it is never renamed.</param>
/// <param name="Message">What was tried, on what, and what came back. The first line is the cause.</param>
/// <param name="Hint">What an operator should do next.</param>
internal sealed record Error(ErrorCode Code, string Message, LocalizedText Hint)
{
    /// <summary>What a script was doing when its time ran out; null for every other error.</summary>
    public TimeoutDiagnostics? Diagnostics { get; init; }
}
