using System.Text;
using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>
/// What only a manager node of a cluster has: the state of slurmctld, slurmdbd, ypserv or sge_qmaster. Its packages alone, and keys that
/// every node has, make no manager. State on a mount is another disk's or a share's, which other nodes see too.
/// </summary>
internal static class ManagerState
{
    // StateSaveLocation of Debian (/var/lib/slurm/slurmctld), EPEL, OpenHPC and Slurm's examples; where slurm.conf has none, /var/spool.
    private static readonly string[] SlurmPlaces =
    [
        "/var/spool", "/var/spool/slurm*", "/var/spool/slurm*/*", "/var/lib/slurm*", "/var/lib/slurm*/*",
    ];

    // Debian's, and sge_conf(5)'s qmaster_spool_dir as its installer proposes it.
    private static readonly string[] GridPlaces =
    [
        "/var/spool/gridengine/qmaster", .. SchedulerOperations.GridEngineCells.Select(cell => cell + "/spool/qmaster"),
    ];

    // What slurmctld 22.05 has there once it has run; slurmd writes none of these.
    private static readonly string[] SlurmFilesOfState =
    [
        "job_state", "node_state", "part_state", "resv_state", "trigger_state", "last_config_lite", "assoc_mgr_state", "clustername",
    ];

    // sge_qmaster(8), and its spool as qmaster writes it.
    private static readonly string[] GridFiles = ["heartbeat", "jobseqnum", "arseqnum"];

    // ypinit(8) makes them for every domain that is served, on masters and slaves.
    private static readonly string[] Maps = ["passwd.byname", "ypservers", "group.byname"];

    /// <returns>Where what was found, for people; null where the node is no manager.</returns>
    public static string? Find(ImageNode node) =>
        Slurmctld(node) ?? Slurmdbd(node) ?? With(node, ["/var/yp/*"], Maps, "maps of ypserv") ?? GridEngine(node);

    private static string? Slurmctld(ImageNode node)
    {
        List<string> places = [.. SlurmPlaces];
        foreach (var text in SlurmFiles.Configurations(node))
        {
            if (SlurmFiles.PathOf(text, "StateSaveLocation") is { } place && !place.Contains('*', StringComparison.Ordinal))
            {
                places.Add(place);
            }
        }

        return With(node, places, SlurmFilesOfState, "state of slurmctld");
    }

    private static string? Slurmdbd(ImageNode node)
    {
        // slurmdbd.conf(5): only where slurmdbd runs. StorageLoc is slurm_acct_db where it names none.
        foreach (var directory in (string[])[.. SlurmFiles.Directories, "/usr/local/etc"])
        {
            if (With(node, [directory], ["slurmdbd.conf"], "configuration of slurmdbd") is { } found)
            {
                return found;
            }
        }

        return node.Tree.Look("/var/lib/mysql/slurm_acct_db") is { } entry ? Words("database of slurmdbd", entry.Path) : null;
    }

    private static string? GridEngine(ImageNode node)
    {
        if (With(node, GridPlaces, GridFiles, "state of sge_qmaster") is { } state)
        {
            return state;
        }

        var own = FirstLabel(Read(node, "/etc/hostname"));
        foreach (var cell in SchedulerOperations.GridEngineCells)
        {
            foreach (var file in TraceFinder.Match(node, cell + "/common/act_qmaster", note: null))
            {
                if (own.Length > 0 && string.Equals(own, FirstLabel(Read(node, file.Path)), StringComparison.OrdinalIgnoreCase))
                {
                    return $"{TreePath.Show(file.Path)} names this node as Grid Engine's master";
                }
            }
        }

        return null;
    }

    private static string? With(ImageNode node, IEnumerable<string> places, string[] names, string what)
    {
        foreach (var place in places)
        {
            foreach (var name in names)
            {
                foreach (var entry in TraceFinder.Match(node, $"{place}/{name}", note: null))
                {
                    if (entry.Status is { Kind: FileKind.Regular })
                    {
                        return Words(what, entry.Path);
                    }
                }
            }
        }

        return null;
    }

    private static string Words(string what, string path) => $"{TreePath.Show(path)} is {what}";

    private static string Read(ImageNode node, string path) => node.Tree.Read(path) is { } bytes ? Encoding.Latin1.GetString(bytes) : "";

    private static string FirstLabel(string text) => text.Split('\n')[0].Trim().Split('.')[0];
}
