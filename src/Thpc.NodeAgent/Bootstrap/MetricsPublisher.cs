using Microsoft.Extensions.Logging;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Configuration.Sections;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Reporting.Metrics;
using Thpc.NodeAgent.Stages.Mount;

namespace Thpc.NodeAgent.Bootstrap;

/// <summary>
/// Writes the metrics file for node_exporter from the start of a run, so that a node that hangs is visible. A file that cannot be written
/// is a warning, not a failure.
/// </summary>
/// <param name="path">The path on the node; null if no metrics file is configured.</param>
/// <param name="config">Null if the configuration is invalid.</param>
internal sealed class MetricsPublisher(string? path, NodeRoot root, NodeConfig? config)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);
    private bool _timedOut;
    private string? _problem;

    /// <summary>For a run with an invalid configuration: the metrics path is read from its text.</summary>
    public static MetricsPublisher ForInvalidConfig(string? configText, NodeRoot root) =>
        new(configText is null ? null : MetricsReader.Find(configText), root, null);

    /// <returns>The report, with a warning if the file could not be written.</returns>
    public Report Write(Report report)
    {
        // Wait for a file system that does not answer only once.
        if (path is not null && !_timedOut)
        {
            try
            {
                MetricsFile.Write(root, path, MetricsText.Write(report, Facts(report)), Limit);
                _problem = null;
            }
            catch (TimeoutException)
            {
                _timedOut = true;
                _problem = $"the metrics cannot be written to {path}: its file system did not answer within {Limit.TotalSeconds:0} s";
            }
            catch (Exception e) when (e is AgentException or IOException or UnauthorizedAccessException)
            {
                // Retried at the next write: a script or a package may create the directory.
                _problem = $"the metrics cannot be written to {path}: {e.Message}";
            }
        }

        return _problem is null ? report : report with { Warnings = [.. report.Warnings, _problem] };
    }

    /// <summary>Writes the final metrics and logs the warning, if any.</summary>
    public Report WriteLast(Report last, ILogger log)
    {
        var report = Write(last);
        if (_problem is not null)
        {
            Log.Warning(log, _problem);
        }

        return report;
    }

    private NodeFacts? Facts(Report report)
    {
        if (config is null)
        {
            return null;
        }

        var context = DriverContext.Create(config, root);
        var mounts = MountTree.Read();
        return new NodeFacts(
            report.Outcome == RunOutcome.Succeeded || StateFiles.IsReady(root),
            config.Storage.Count,
            config.Storage.Count(storage =>
                mounts.At(MountPoint.TargetPath(root, storage.LocalPath, mounts)) is { } entry
                    && context.Driver(storage).IsMounted(entry)));
    }
}
