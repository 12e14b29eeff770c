using System.Text;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Stages.Image.Operations;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>
/// Detects a manager node by the state of slurmctld, slurmdbd, ypserv or sge_qmaster. Their packages alone, and keys that every node has,
/// do not count. State on a mount does not count either: other nodes may share it.
/// </summary>
internal static class ManagerState
{
    // StateSaveLocation of Debian (/var/lib/slurm/slurmctld), EPEL, OpenHPC and Slurm's examples; Slurm's default is /var/spool.
    private const string SlurmDirectories = "/var/spool /var/spool/slurm* /var/spool/slurm*/* /var/lib/slurm* /var/lib/slurm*/*";

    // Files that slurmctld 22.05 writes there; slurmd writes none of them.
    private const string SlurmState = "job_state node_state part_state resv_state last_config_lite assoc_mgr_state clustername";

    // Files in the spool directory of sge_qmaster(8).
    private const string GridState = "heartbeat jobseqnum";

    // ypinit(8) creates these for every served domain, on masters and slaves.
    private const string Maps = "passwd.byname ypservers group.byname";

    /// <returns>A description of the state found; null if the node is not a manager.</returns>
    public static LocalizedText? Find(ImageNode node) =>
        Slurmctld(node) ?? Slurmdbd(node) ?? FindState(node, "/var/yp/*", Maps, Messages.YpservMaps) ?? GridEngine(node);

    private static LocalizedText? Slurmctld(ImageNode node)
    {
        var directories = SlurmDirectories;
        foreach (var text in SlurmFiles.Configurations(node))
        {
            if (SlurmFiles.PathOf(text, "StateSaveLocation") is { } directory)
            {
                directories += " " + directory;
            }
        }

        return FindState(node, directories, SlurmState, Messages.StateOf("slurmctld"));
    }

    /// <summary>slurmdbd.conf(5): the file exists only where slurmdbd runs; the default of StorageLoc is slurm_acct_db.</summary>
    private static LocalizedText? Slurmdbd(ImageNode node) =>
        FindState(node, SlurmFiles.AllDirectories, "slurmdbd.conf", Messages.SlurmdbdConfiguration)
        ?? (node.Tree.Inspect("/var/lib/mysql/slurm_acct_db") is { } entry
            ? Messages.Is(TreePath.Display(entry.Path), Messages.SlurmdbdDatabase)
            : null);

    private static LocalizedText? GridEngine(ImageNode node)
    {
        // Debian's path; below, the one that the installer proposes.
        if (FindState(node, "/var/spool/gridengine/qmaster", GridState, Messages.StateOf("sge_qmaster")) is { } state)
        {
            return state;
        }

        var own = FirstLabel(Read(node, "/etc/hostname"));
        foreach (var cell in SchedulerOperations.GridEngineCells.Split(' '))
        {
            if (FindState(node, cell + "/spool/qmaster", GridState, Messages.StateOf("sge_qmaster")) is { } spool)
            {
                return spool;
            }

            foreach (var file in TraceFinder.Match(node, cell + "/common/act_qmaster", note: null))
            {
                if (own.Length > 0 && string.Equals(own, FirstLabel(Read(node, file.Path)), StringComparison.OrdinalIgnoreCase))
                {
                    return Messages.GridMaster(TreePath.Display(file.Path));
                }
            }
        }

        return null;
    }

    private static LocalizedText? FindState(ImageNode node, string directories, string names, LocalizedText what)
    {
        foreach (var directory in directories.Split(' '))
        {
            foreach (var name in names.Split(' '))
            {
                foreach (var entry in TraceFinder.Match(node, $"{directory}/{name}", note: null))
                {
                    if (entry.Status is { Kind: FileKind.Regular })
                    {
                        return Messages.Is(TreePath.Display(entry.Path), what);
                    }
                }
            }
        }

        return null;
    }

    private static string Read(ImageNode node, string path) => node.Tree.Read(path) is { } bytes ? Encoding.Latin1.GetString(bytes) : "";

    private static string FirstLabel(string text) => text.Split('\n')[0].Trim().Split('.')[0];
}
