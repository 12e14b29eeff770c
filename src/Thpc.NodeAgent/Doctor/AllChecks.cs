using Thpc.NodeAgent.Doctor.Checks;
using Thpc.NodeAgent.Stages.Mount;

namespace Thpc.NodeAgent.Doctor;

/// <summary>All checks there are, in the order in which a person reads them.</summary>
internal static class AllChecks
{
    public static IEnumerable<Check> Create(DoctorContext context)
    {
        var driver = DriverContext.Create(context.Config, context.Root);
        return
        [
            NodeChecks.Configuration(context), NodeChecks.LastRun(context.Root), CloudChecks.Clock(context), CloudChecks.Metadata(context), CloudChecks.Credentials(context),
            .. ScriptChecks.All(context),
            .. StorageChecks.Servers(context.Config), StorageChecks.Helpers(driver), StorageChecks.Mounts(driver),
            NodeChecks.Space(context.Root), NodeChecks.Units(context.Root), NodeChecks.Leftovers(context), NodeChecks.TimeLimit(context),
        ];
    }
}
