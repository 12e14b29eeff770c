namespace Thpc.NodeAgent.Errors;

/// <summary>A stable name for a kind of failure. The documentation of errors is generated from these codes.</summary>
/// <param name="Meaning">What has happened, as one sentence.</param>
/// <param name="Hint">What an operator should do about it, unless the place of failure has a better hint.</param>
internal sealed partial record ErrorCode(string Name, LocalizedText Meaning, LocalizedText Hint)
{
    // errno values; .NET passes them on as HResult.
    private const int NoSpaceLeft = 28;
    private const int QuotaExceeded = 122;

    /// <summary>Translates an exception into an error with a code. Unexpected exceptions become INTERNAL and keep their stack.</summary>
    /// <param name="interrupted">
    /// Whether a signal ended the run. A cancellation without a signal is a time limit without an error of its own: INTERNAL.
    /// </param>
    public static AgentException Describe(Exception exception, bool interrupted = false) => exception switch
    {
        AgentException e => e,
        OperationCanceledException when interrupted => new AgentException(Interrupted, "the run was interrupted"),
        IOException e when e.HResult is NoSpaceLeft or QuotaExceeded => new AgentException(NoSpace, e.Message, inner: e),
        IOException or UnauthorizedAccessException => new AgentException(FileAccess, exception.Message, inner: exception),
        _ => new AgentException(Internal, exception.ToString(), inner: exception),
    };

    public override string ToString() => Name;

    /// <returns>The code of that name; null where this version has none, as for a report of a newer one.</returns>
    public static ErrorCode? Find(string name) => All.FirstOrDefault(code => code.Name == name);
}
