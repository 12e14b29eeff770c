using Microsoft.Extensions.Logging;
using Thpc.NodeAgent.Cli;
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
/// Keeps the file for node_exporter up to date during a run, from its first moment, so that a node that hangs is seen. Where it cannot be
/// written that is a warning and never a failure.
/// </summary>
/// <param name="path">On the node; null where nobody wants one.</param>
/// <param name="config">Null where it was refused.</param>
internal sealed class MetricsPublisher(string? path, NodeRoot root, NodeConfig? config)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);
    private bool _silent;
    private string? _problem;

    /// <summary>For a run whose configuration was refused: its file is named in there all the same.</summary>
    public static MetricsPublisher OfRefused(GlobalOptions globals) =>
        new(globals.ConfigText is { } text ? MetricsReader.Find(text) : null, globals.Root, null);

    /// <returns>The report, with a warning if the file could not be written.</returns>
    public Report Write(Report now)
    {
        // A file system that was silent once is not waited for again.
        if (path is not null && !_silent)
        {
            try
            {
                MetricsFile.Write(root, path, MetricsText.Write(now, Facts(now)), Limit);
                _problem = null;
            }
            catch (TimeoutException)
            {
                _silent = true;
                _problem = $"the metrics cannot be written to {path}: its file system did not answer within {Limit.TotalSeconds:0} s";
            }
            catch (Exception e) when (e is AgentException or IOException or UnauthorizedAccessException)
            {
                // It may be there later: a script or a package may make the directory.
                _problem = $"the metrics cannot be written to {path}: {e.Message}";
            }
        }

        return _problem is null ? now : now with { Warnings = [.. now.Warnings, _problem] };
    }

    /// <summary>Writes the last ones, and says in the log what the report says.</summary>
    public Report WriteLast(Report end, ILogger log)
    {
        var report = Write(end);
        if (_problem is not null)
        {
            Log.Warning(log, _problem);
        }

        return report;
    }

    private NodeFacts? Facts(Report now)
    {
        if (config is null)
        {
            return null;
        }

        var context = DriverContext.Create(config, root);
        var mounts = MountTree.Read();
        return new NodeFacts(
            now.Outcome == RunOutcome.Succeeded || StateFiles.IsReady(root),
            config.Storage.Count,
            config.Storage.Count(storage => mounts.At(MountPoint.TargetPath(root, storage.LocalPath, mounts)) is { } entry && context.Driver(storage).IsMounted(entry)));
    }
}
