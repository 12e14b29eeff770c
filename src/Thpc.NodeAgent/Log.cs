using Microsoft.Extensions.Logging;

namespace Thpc.NodeAgent;

/// <summary>All log messages of the agent. Callers never pass secrets.</summary>
internal static partial class Log
{
    // On a terminal that shows the result too, the lines of these events leave out what the result repeats.
    public const int StageFailure = 4;
    public const int StepFailure = 7;
    public const int ReportedWarning = 9;
    public const int RunFailure = 10;
    public const int Diagnostics = 14;

    [LoggerMessage(1, LogLevel.Information, "{Stage}: started")]
    public static partial void StageStarted(ILogger log, string stage);

    [LoggerMessage(2, LogLevel.Information, "{Stage}: {Outcome} in {Milliseconds} ms")]
    public static partial void StageFinished(ILogger log, string stage, string outcome, long milliseconds);

    [LoggerMessage(3, LogLevel.Information, "{Stage}: skipped: {Reason}")]
    public static partial void StageSkipped(ILogger log, string stage, string reason);

    [LoggerMessage(StageFailure, LogLevel.Error, "{Stage}: {Code}: {Message} → {Hint}")]
    public static partial void StageFailed(ILogger log, string stage, string code, string message, string hint);

    [LoggerMessage(5, LogLevel.Information, "{Step}: started{Output}")]
    public static partial void StepStarted(ILogger log, string step, string output);

    [LoggerMessage(6, LogLevel.Information, "{Step}: finished in {Milliseconds} ms")]
    public static partial void StepFinished(ILogger log, string step, long milliseconds);

    [LoggerMessage(StepFailure, LogLevel.Error, "{Step}: failed: {Code}: {Message} → {Hint}")]
    public static partial void StepFailed(ILogger log, string step, string code, string message, string hint);

    [LoggerMessage(8, LogLevel.Information, "{Step}: {Text}")]
    public static partial void StepNote(ILogger log, string step, string text);

    /// <summary>A warning that the report contains.</summary>
    [LoggerMessage(ReportedWarning, LogLevel.Warning, "{Text}")]
    public static partial void Warning(ILogger log, string text);

    [LoggerMessage(RunFailure, LogLevel.Error, "bootstrap failed: {Code}: {Message} → {Hint}")]
    public static partial void RunFailed(ILogger log, string code, string message, string hint);

    [LoggerMessage(12, LogLevel.Information, "still running: {Step}")]
    public static partial void StepStillRunning(ILogger log, string step);

    /// <summary>A warning that is only in the log.</summary>
    [LoggerMessage(13, LogLevel.Warning, "{Text}")]
    public static partial void LogOnlyWarning(ILogger log, string text);

    /// <summary>A line about what a script was doing, which the report contains.</summary>
    [LoggerMessage(Diagnostics, LogLevel.Information, "{Step}: {Text}")]
    public static partial void StepDiagnostics(ILogger log, string step, string text);

    [LoggerMessage(15, LogLevel.Debug, "{Text}")]
    public static partial void Debug(ILogger log, string text);

    [LoggerMessage(11, LogLevel.Information, "{Text}")]
    public static partial void Information(ILogger log, string text);
}
