using Microsoft.Extensions.Logging;

namespace Thpc.NodeAgent;

/// <summary>All log messages of the agent. Callers never pass secrets.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "{Stage}: started")]
    public static partial void StageStarted(ILogger log, string stage);

    [LoggerMessage(2, LogLevel.Information, "{Stage}: {Outcome} in {Milliseconds} ms")]
    public static partial void StageFinished(ILogger log, string stage, string outcome, long milliseconds);

    [LoggerMessage(3, LogLevel.Information, "{Stage}: skipped: {Reason}")]
    public static partial void StageSkipped(ILogger log, string stage, string reason);

    [LoggerMessage(4, LogLevel.Error, "{Stage}: {Code}: {Message} → {Hint}")]
    public static partial void StageFailed(ILogger log, string stage, string code, string message, string hint);

    [LoggerMessage(5, LogLevel.Information, "{Step}: started{Output}")]
    public static partial void StepStarted(ILogger log, string step, string output);

    [LoggerMessage(6, LogLevel.Information, "{Step}: finished in {Milliseconds} ms")]
    public static partial void StepFinished(ILogger log, string step, long milliseconds);

    [LoggerMessage(7, LogLevel.Error, "{Step}: failed: {Code}: {Message} → {Hint}")]
    public static partial void StepFailed(ILogger log, string step, string code, string message, string hint);

    [LoggerMessage(8, LogLevel.Information, "{Step}: {Text}")]
    public static partial void StepNote(ILogger log, string step, string text);

    [LoggerMessage(9, LogLevel.Warning, "{Text}")]
    public static partial void Warning(ILogger log, string text);

    [LoggerMessage(10, LogLevel.Error, "bootstrap failed: {Code}: {Message} → {Hint}")]
    public static partial void RunFailed(ILogger log, string code, string message, string hint);

    [LoggerMessage(12, LogLevel.Information, "still running: {Step}")]
    public static partial void StepStillRunning(ILogger log, string step);

    [LoggerMessage(13, LogLevel.Debug, "{Text}")]
    public static partial void Debug(ILogger log, string text);

    [LoggerMessage(11, LogLevel.Information, "{Text}")]
    public static partial void Information(ILogger log, string text);
}
