namespace Thpc.NodeAgent.Errors;

/// <summary>
/// An expected failure: a stable code, a message that names what was tried, on what, and what came back, and a hint
/// that names the next action.
/// </summary>
internal sealed class AgentException(ErrorCode code, string message, LocalizedText? hint = null, Exception? inner = null)
    : Exception(message, inner)
{
    public ErrorCode Code { get; } = code;

    /// <summary>What an operator should do next; the code's own hint unless the thrower gives a more specific one.</summary>
    public LocalizedText Hint { get; } = hint ?? code.Hint;

    /// <summary>What a script was doing when its time ran out; null for every other error.</summary>
    public TimeoutDiagnostics? Diagnostics { get; init; }
}
