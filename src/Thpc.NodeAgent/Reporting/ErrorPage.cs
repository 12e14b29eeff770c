using System.Globalization;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Reporting;

/// <summary>Error codes as text for a terminal.</summary>
internal static class ErrorPage
{
    private static readonly LocalizedText Exit = new("exit", "退出码");

    /// <summary>One code: its exit code, what it means, what to do.</summary>
    public static string Write(ErrorCode code, Language language) =>
        $"{code.Name} ({Exit.In(language)} {ExitWords(code)})\n  {code.Meaning.In(language)}\n  → {code.Hint.In(language)}\n";

    /// <summary>What a command ends with that fails for it; told to end by a signal, it is one of two.</summary>
    private static string ExitWords(ErrorCode code) =>
        code == ErrorCode.Interrupted
            ? $"{ExitCode.Interrupted}, {ExitCode.Terminated}"
            : ExitCode.For(code).ToString(CultureInfo.InvariantCulture);
}
