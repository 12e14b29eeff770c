using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Doctor;

internal enum Verdict
{
    Ok,

    /// <summary>The node works or may work, but an operator should know.</summary>
    Warn,

    /// <summary>The node does not start, or does not work as configured.</summary>
    Fail,
}

/// <summary>The result of one check.</summary>
/// <param name="Check">The check's name, from a fixed set.</param>
/// <param name="Text">What was found, with values.</param>
/// <param name="Fix">The one thing to do; null if the verdict is Ok.</param>
/// <param name="Code">The error code, if there is one.</param>
internal sealed record CheckResult(string Check, Verdict Verdict, LocalizedText Text, LocalizedText? Fix = null, ErrorCode? Code = null)
{
    /// <summary>The English text, for programs.</summary>
    public string Message => Text.English;

    /// <summary>What the check looked at, such as a mount point; null where the check has one subject.</summary>
    public string? Subject { get; init; }

    /// <summary>
    /// The message without the subject: results with equal causes are printed as one. Null where there is only the message.
    /// </summary>
    public LocalizedText? Cause { get; init; }

    /// <param name="subject">What the check looked at; null where the check has one subject.</param>
    public static CheckResult FromError(string check, Error error, string? subject = null) =>
        new(check, Verdict.Fail, error.Text, error.Hint, error.Code) { Subject = subject, Cause = error.Cause };
}
