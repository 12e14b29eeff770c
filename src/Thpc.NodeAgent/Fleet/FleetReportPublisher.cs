using Microsoft.Extensions.Logging;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Stages.Mount;

namespace Thpc.NodeAgent.Fleet;

/// <summary>Copies a run's report to the directory that `fleet` reads. A failure is only a warning.</summary>
internal static class FleetReportPublisher
{
    /// <param name="end">The run's final report.</param>
    /// <returns>A warning; null if the report was copied or no directory is configured.</returns>
    public static async Task<string?> PublishAsync(Report end, NodeConfig config, NodeRoot root, ILogger log)
    {
        if (config.FleetDirectory is not { } wanted)
        {
            return null;
        }

        var problem = await TryAsync(end, wanted, config, root);
        var warning = problem is null ? null : $"the report cannot be copied to {wanted}: {problem}";
        if (warning is not null)
        {
            Log.Warning(log, warning);
        }

        return warning;
    }

    private static async Task<string?> TryAsync(Report end, string wanted, NodeConfig config, NodeRoot root)
    {
        try
        {
            var state = new StorageState(DriverContext.Create(config, root));
            var directory = root.Resolve(wanted, state.Mounts);
            if (state.FindUnmounted(wanted, directory) is { } absent)
            {
                return $"{absent} is not mounted";
            }

            var node = end.InstanceId ?? MachineIdentity.HostName(root);
            return await FleetReportFile.WriteAsync(root, directory, node, end.RunId, ReportJson.Write(end));
        }
        catch (Exception e) when (e is AgentException or IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }
}
