using Microsoft.Extensions.Logging;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.Bootstrap;

/// <summary>Saves the report and the metrics of a run: on the way, and when it has ended.</summary>
internal sealed class ReportPublisher(NodeRoot root, MetricsPublisher metrics, ILogger log)
{
    /// <summary>Whether a report of this run could be saved.</summary>
    public bool HasSaved { get; private set; }

    /// <returns>The report, with a warning if the metrics could not be written.</returns>
    public Report Publish(Report report)
    {
        var published = report.Outcome == RunOutcome.Running ? metrics.Write(report) : metrics.WriteLast(report, log);
        Save(published);
        return published;
    }

    /// <summary>Saves the report alone. A failure is logged: the run itself does not need the report.</summary>
    public void Save(Report report)
    {
        try
        {
            StateFiles.WriteReport(root, ReportJson.Write(report), last: report.Outcome != RunOutcome.Running);
            HasSaved = true;
        }
        catch (Exception e) when (e is AgentException or IOException or UnauthorizedAccessException)
        {
            Log.LogOnlyWarning(log, $"the report cannot be written: {e.Message}");
        }
    }
}
