using System.Text.Json;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Bootstrap;

/// <summary>Whether a bootstrap has succeeded in this boot, and if not, why not.</summary>
internal static class Readiness
{
    /// <returns>
    /// Null where the node is ready. Else NODE_NOT_READY, and the code that the last run ended with; null where that is not known.
    /// </returns>
    public static (string? Reason, AgentException Error)? Problem(NodeRoot root)
    {
        if (StateFiles.IsReady(root))
        {
            return null;
        }

        var alive = RunLock.IsHeld(root);
        var (reason, words) = LastReport(root) switch
        {
            _ when alive => (null, "a run is in progress and has not succeeded yet"),
            null => (null, "no run has left a report since this node booted"),
            { Outcome: RunOutcome.Running } killed => (
                ErrorCode.Interrupted.Name,
                $"the run of {Time(killed.StartedAt)} was killed, or the node went down, {Place(killed.CurrentStage)}"),
            { FirstError: { } error } failed => (
                error.Code, $"the run of {Time(failed.StartedAt)} {SummaryText.Word(failed.Outcome)}: {FirstLine(error.Message)}"),
            var other => (
                (string?)null, $"no run has succeeded since this node booted; the last one, of {Time(other.StartedAt)}, did before"),
        };
        return (reason, new AgentException(ErrorCode.NodeNotReady, words));
    }

    private static string Place(string? stage) => stage is null ? "before its first stage" : $"in stage {stage}";

    private static string FirstLine(string text) => OutputText.OneLine(text.Split('\n')[0]);

    private static string Time(DateTimeOffset time) => $"{time:yyyy-MM-dd HH:mm:ss}Z";

    /// <returns>The last run's report; null where there is none, or none that can be read.</returns>
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
