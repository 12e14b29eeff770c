namespace Thpc.NodeAgent.Errors;

/// <summary>Carries an <see cref="Errors.Error"/> to the step or the command that reports it.</summary>
internal sealed class AgentException(Error error, Exception? inner = null) : Exception(error.Message, inner)
{
    /// <param name="hint">The code's own hint if null.</param>
    public AgentException(ErrorCode code, LocalizedText text, LocalizedText? hint = null, Exception? inner = null)
        : this(new Error(code, text, hint), inner)
    {
    }

    public Error Error { get; } = error;

    public ErrorCode Code => Error.Code;

    public LocalizedText Hint => Error.Hint;
}
