namespace Thpc.NodeAgent.Errors;

/// <summary>
/// An expected failure: a code that never changes, a sentence that says what was tried, on what and what came back,
/// and one that says what to do next.
/// </summary>
internal sealed class AgentException(ErrorCode code, string message, LocalizedText? hint = null, Exception? inner = null)
    : Exception(message, inner)
{
    public ErrorCode Code { get; } = code;

    /// <summary>What an operator does next; the code's own hint unless the thrower knows better.</summary>
    public LocalizedText Hint { get; } = hint ?? code.Hint;

    /// <summary>What a script was doing whose time was over.</summary>
    public TimeoutDiagnostics? Autopsy { get; init; }
}
