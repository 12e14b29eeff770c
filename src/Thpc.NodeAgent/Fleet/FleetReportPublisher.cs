using Microsoft.Extensions.Logging;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Stages.Mount;

namespace Thpc.NodeAgent.Fleet;

/// <summary>Leaves a run's report where `fleet` looks for it. Where that cannot be done it is a warning and never a failure.</summary>
internal static class FleetReportPublisher
{
    /// <param name="end">The run's last report: what is left says the same.</param>
    /// <returns>A warning; null where it was left, or is not to be.</returns>
    public static async Task<string?> PublishAsync(Report end, NodeConfig config, NodeRoot root, ILogger log)
    {
        if (config.FleetDirectory is not { } wanted)
        {
            return null;
        }

        var problem = await TryAsync(end, wanted, config, root);
        var warning = problem is null ? null : $"the report cannot be left in {wanted}: {problem}";
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
            return state.FindUnmounted(wanted, directory) is { } absent
                ? $"{absent} is not mounted"
                : await FleetReportFile.WriteAsync(root, directory, end.InstanceId ?? MachineIdentity.ReadLine(root.Locate("/etc/hostname")) ?? Environment.MachineName, end.RunId, ReportJson.Write(end));
        }
        catch (Exception e) when (e is AgentException or IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }
}
