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
        (ErrorCode? Reason, LocalizedText Message) found = LastReport(root) switch
        {
            _ when isRunning => (null, Messages.RunInProgress),
            null => (null, Messages.NoRun),
            { Outcome: RunOutcome.Running, CurrentStage: { } stage } killed => (
                ErrorCode.Interrupted, Messages.KilledInStage(Time(killed.StartedAt), stage)),
            { Outcome: RunOutcome.Running } killed => (
                ErrorCode.Interrupted, Messages.KilledBeforeFirstStage(Time(killed.StartedAt))),
            { FirstError: { } error, Outcome: RunOutcome.Interrupted } ended => (
                error.Known, Messages.Interrupted(Time(ended.StartedAt), FirstLine(error.Text))),
            { FirstError: { } error } failed => (error.Known, Messages.Failed(Time(failed.StartedAt), FirstLine(error.Text))),
            var other => (null, Messages.NoSuccess(Time(other.StartedAt))),
        };
        return (found.Reason, new Error(ErrorCode.NodeNotReady, found.Message));
    }

    private static LocalizedText FirstLine(LocalizedText text) => text.Map(lines => TerminalText.OneLine(lines.Split('\n')[0]));

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
