using Thpc.NodeAgent.Doctor.Checks;
using Thpc.NodeAgent.Stages.Mount;

namespace Thpc.NodeAgent.Doctor;

/// <summary>All checks of a node that has a valid configuration.</summary>
internal static class AllChecks
{
    /// <returns>The checks in the order in which `doctor` prints them.</returns>
    public static IEnumerable<Check> Create(DoctorContext context)
    {
        var driver = DriverContext.Create(context.Config, context.Root);
        return
        [
            NodeChecks.Configuration(context), NodeChecks.LastRun(context.Root),
            CloudChecks.Clock(context), CloudChecks.Metadata(context), CloudChecks.Credentials(context),
            .. ScriptChecks.All(context),
            .. StorageChecks.Servers(context.Config), StorageChecks.Helpers(driver), StorageChecks.Mounts(driver),
            StorageChecks.Nfs(driver),
            NodeChecks.Space(context.Root), NodeChecks.Units(context.Root), NodeChecks.Leftovers(context), NodeChecks.TimeLimit(context),
        ];
    }
}
