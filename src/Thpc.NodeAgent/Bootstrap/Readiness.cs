using System.Text.Json;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Bootstrap;

/// <summary>Whether a bootstrap has succeeded since this boot.</summary>
internal static class Readiness
{
    /// <returns>
    /// Null if the node is ready. Otherwise an error NODE_NOT_READY, and the error code of the last run, or null if that is unknown.
    /// </returns>
    public static (ErrorCode? Reason, Error Error)? Problem(NodeRoot root)
    {
        if (StateFiles.IsReady(root))
        {
            return null;
        }

        var isRunning = RunLock.IsHeld(root);
        var (reason, message) = LastReport(root) switch
        {
            _ when isRunning => (null, "a run is in progress and has not succeeded yet"),
            null => (null, "no run has left a report since this node booted"),
            { Outcome: RunOutcome.Running } unfinished => (
                ErrorCode.Interrupted,
                $"the run of {Time(unfinished.StartedAt)} was killed, or the node went down, {StageText(unfinished.CurrentStage)}"),
            { FirstError: { } error } failed => (
                error.Known, $"the run of {Time(failed.StartedAt)} {SummaryText.Word(failed.Outcome)}: {FirstLine(error.Message)}"),
            var other => (
                (ErrorCode?)null, $"no run has succeeded since this boot; the last run started at {Time(other.StartedAt)}, before it"),
        };
        return (reason, new Error(ErrorCode.NodeNotReady, message));
    }

    private static string StageText(string? stage) => stage is null ? "before its first stage" : $"in stage {stage}";

    private static string FirstLine(string text) => TerminalText.OneLine(text.Split('\n')[0]);

    private static string Time(DateTimeOffset time) => $"{time:yyyy-MM-dd HH:mm:ss}Z";

    /// <returns>The last run's report; null if there is none, or if it cannot be parsed.</returns>
    public static Report? LastReport(NodeRoot root)
    {
        try
        {
            return StateFiles.ReadReport(root) is { } text ? ReportJson.Read(text) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
