using System.Text;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Stages.Image.Operations;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>
/// What only a manager node of a cluster has: the state of slurmctld, slurmdbd, ypserv or sge_qmaster. Its packages alone, and keys that
/// every node has, make no manager. State on a mount is another disk's or a share's, which other nodes see too.
/// </summary>
internal static class ManagerState
{
    // StateSaveLocation of Debian (/var/lib/slurm/slurmctld), EPEL, OpenHPC and Slurm's examples; where slurm.conf has none, /var/spool.
    private const string SlurmPlaces = "/var/spool /var/spool/slurm* /var/spool/slurm*/* /var/lib/slurm* /var/lib/slurm*/*";

    // What slurmctld 22.05 has there once it has run; slurmd writes none of these.
    private const string SlurmState = "job_state node_state part_state resv_state last_config_lite assoc_mgr_state clustername";

    // sge_qmaster(8), and its spool as qmaster writes it.
    private const string GridState = "heartbeat jobseqnum";

    // ypinit(8) makes them for every domain that is served, on masters and slaves.
    private const string Maps = "passwd.byname ypservers group.byname";

    /// <returns>Where what was found, for people; null where the node is no manager.</returns>
    public static string? Find(ImageNode node) =>
        Slurmctld(node) ?? Slurmdbd(node) ?? With(node, "/var/yp/*", Maps, "maps of ypserv") ?? GridEngine(node);

    private static string? Slurmctld(ImageNode node)
    {
        var places = SlurmPlaces;
        foreach (var text in SlurmFiles.Configurations(node))
        {
            if (SlurmFiles.PathOf(text, "StateSaveLocation") is { } place)
            {
                places += " " + place;
            }
        }

        return With(node, places, SlurmState, "state of slurmctld");
    }

    /// <summary>slurmdbd.conf(5): the file is only where slurmdbd runs, and StorageLoc is slurm_acct_db where it names none.</summary>
    private static string? Slurmdbd(ImageNode node) =>
        With(node, SlurmFiles.AllDirectories, "slurmdbd.conf", "configuration of slurmdbd")
        ?? (node.Tree.Inspect("/var/lib/mysql/slurm_acct_db") is { } entry ? Words("database of slurmdbd", entry.Path) : null);

    private static string? GridEngine(ImageNode node)
    {
        // Debian's, and as the installer proposes it.
        if (With(node, "/var/spool/gridengine/qmaster", GridState, "state of sge_qmaster") is { } state)
        {
            return state;
        }

        var own = FirstLabel(Read(node, "/etc/hostname"));
        foreach (var cell in SchedulerOperations.GridEngineCells.Split(' '))
        {
            if (With(node, cell + "/spool/qmaster", GridState, "state of sge_qmaster") is { } spool)
            {
                return spool;
            }

            foreach (var file in TraceFinder.Match(node, cell + "/common/act_qmaster", note: null))
            {
                if (own.Length > 0 && string.Equals(own, FirstLabel(Read(node, file.Path)), StringComparison.OrdinalIgnoreCase))
                {
                    return $"{TreePath.Display(file.Path)} names this node as Grid Engine's master";
                }
            }
        }

        return null;
    }

    private static string? With(ImageNode node, string places, string names, string what)
    {
        foreach (var place in places.Split(' '))
        {
            foreach (var name in names.Split(' '))
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

    private static string Words(string what, string path) => $"{TreePath.Display(path)} is {what}";

    private static string Read(ImageNode node, string path) => node.Tree.Read(path) is { } bytes ? Encoding.Latin1.GetString(bytes) : "";

    private static string FirstLabel(string text) => text.Split('\n')[0].Trim().Split('.')[0];
}
