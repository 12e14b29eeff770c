using System.Globalization;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Reporting;

/// <summary>Error codes as text for a terminal.</summary>
internal static class ErrorPage
{
    private static readonly LocalizedText Exit = new("exit", "退出码");

    /// <summary>One code: its exit code, what it means, what to do.</summary>
    public static string Write(ErrorCode code, Language language) =>
        $"{code.Name} ({Exit.In(language)} {ExitCodes(code)})\n  {code.Meaning.In(language)}\n  → {code.Hint.In(language)}\n";

    /// <summary>The exit code of a command that fails with the error. An interrupted command has one of two, by the signal.</summary>
    public static string ExitCodes(ErrorCode code) =>
        code == ErrorCode.Interrupted
            ? $"{ExitCode.Interrupted}, {ExitCode.Terminated}"
            : ExitCode.For(code).ToString(CultureInfo.InvariantCulture);
}
