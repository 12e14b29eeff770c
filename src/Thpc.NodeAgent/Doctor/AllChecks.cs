using Thpc.NodeAgent.Stages.Mount;

namespace Thpc.NodeAgent.Doctor;

/// <summary>All checks there are, in the order in which a person reads them.</summary>
internal static class AllChecks
{
    public static IEnumerable<Check> Of(DoctorContext patient)
    {
        var context = DriverContext.Of(patient.Config, patient.Root);
        return
        [
            NodeChecks.Configuration(patient), NodeChecks.LastRun(patient.Root), CloudChecks.Clock(patient), CloudChecks.Metadata(patient), CloudChecks.Credentials(patient),
            .. ScriptChecks.All(patient),
            .. StorageChecks.Servers(patient.Config), StorageChecks.Helpers(context), StorageChecks.Mounts(context),
            NodeChecks.Space(patient.Root), NodeChecks.Systemd(patient.Root), NodeChecks.Leftovers(patient), NodeChecks.TimeLimit(patient),
        ];
    }
}
