namespace Thpc.NodeAgent.Errors;

/// <summary>An expected failure as a value.</summary>
/// <param name="Code">Stable: it is never renamed.</param>
/// <param name="Text">What was tried, on what, and what came back. The first line is the cause.</param>
/// <param name="Hint">What an operator should do next; the code's own hint if null.</param>
internal sealed record Error(ErrorCode Code, LocalizedText Text, LocalizedText? Hint = null)
{
    // errno values; .NET passes them on as HResult.
    private const int NoSpaceLeft = 28;
    private const int QuotaExceeded = 122;

    /// <summary>The English text, for logs and reports.</summary>
    public string Message => Text.English;

    public LocalizedText Hint { get; } = Hint ?? Code.Hint;

    /// <summary>
    /// The cause without what it happened to, such as "172.30.3.90:2049: no answer within 3 s". Failures with equal causes are one fault;
    /// null where the message alone tells what failed.
    /// </summary>
    public LocalizedText? Cause { get; init; }

    /// <summary>What a script was doing when its time ran out; null for every other error.</summary>
    public TimeoutDiagnostics? Diagnostics { get; init; }

    /// <summary>The error behind an exception. Unexpected exceptions become INTERNAL and keep their stack in the message.</summary>
    /// <param name="interrupted">
    /// Whether a signal ended the run. A cancellation without a signal is a time limit without an error of its own: INTERNAL.
    /// </param>
    public static Error From(Exception exception, bool interrupted = false) => exception switch
    {
        AgentException e => e.Error,
        OperationCanceledException when interrupted => new Error(ErrorCode.Interrupted, Messages.Interrupted),
        IOException { HResult: NoSpaceLeft or QuotaExceeded } => new Error(ErrorCode.NoSpace, exception.Message),
        IOException or UnauthorizedAccessException => new Error(ErrorCode.FileAccess, exception.Message),
        _ => new Error(ErrorCode.Internal, exception.ToString()),
    };
}
