using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Doctor;

internal enum Verdict
{
    Ok,

    /// <summary>The node works, or may work; somebody should know.</summary>
    Warn,

    /// <summary>With this the node does not come up, or not as it should.</summary>
    Fail,
}

/// <summary>What one check found.</summary>
/// <param name="Check">Its name, of a fixed set.</param>
/// <param name="Measured">A sentence, or the figures.</param>
/// <param name="Remedy">The one thing to do; null where all is well.</param>
/// <param name="Code">The error's code where there is one.</param>
internal sealed record CheckResult(string Check, Verdict Verdict, string Measured, LocalizedText? Remedy = null, ErrorCode? Code = null)
{
    public static CheckResult FromException(string check, Exception exception)
    {
        var error = ErrorCode.Describe(exception);
        return new CheckResult(check, Verdict.Fail, error.Message, error.Hint, error.Code);
    }
}
