using Thpc.NodeAgent.Host.Files;

namespace Thpc.NodeAgent.Stages.Image.Operations;

/// <summary>By what the node proves and knows that it belongs to a cluster: munge, NIS, Slurm, Grid Engine.</summary>
internal static class SchedulerOperations
{
    public const string Name = "scheduler-keys";

    // sge_intro(1): $SGE_ROOT/$SGE_CELL.
    public const string GridEngineCells = "/opt/sge*/* /opt/gridengine*/* /usr/local/sge*/* /usr/share/gridengine/* /var/lib/gridengine/*";

    private const string Does = "keys of munge and Slurm, Slurm's configuration and spool, and the servers of NIS, Slurm and Grid Engine";

    public static Operation Keys { get; } = new(Name, false, Does, find =>
    {
        // Before the texts that name them: a run that is killed in between finds both again.
        foreach (var text in SlurmFiles.Configurations(find.Node))
        {
            RemoveNamedBy(find, text);
        }

        foreach (var file in (string[])["/etc/default/munge", "/etc/sysconfig/munge"])
        {
            foreach (var path in SlurmFiles.PathsBehind(find.Read(file) ?? "", "--key-file"))
            {
                RemoveNamed(find, path, "munge's key");
            }
        }

        find.FindTraces(Name);
    })
    {
        IsOfCluster = true,
    };

    private static void RemoveNamedBy(ImageScanner find, string text)
    {
        foreach (var name in (string[])["jwt_key", "jwks"])
        {
            foreach (var path in SlurmFiles.PathsBehind(text, name))
            {
                RemoveNamed(find, path, "Slurm's key");
            }
        }

        if (SlurmFiles.PathOf(text, "StateSaveLocation") is { } state)
        {
            RemoveNamed(find, state + "/jwt_hs256.key", "Slurm's key"); // slurm.conf(5), AuthAltParameters
        }

        // A directory whose name does not say that it is Slurm's may be others' too.
        if (SlurmFiles.PathOf(text, "SlurmdSpoolDir") is { } spool && spool.Contains("slurm", StringComparison.Ordinal))
        {
            find.RemoveContent(spool, "Slurm's spool");
        }
    }

    private static void RemoveNamed(ImageScanner find, string path, string why)
    {
        if (find.Node.Tree.Inspect(path) is { Status.Kind: FileKind.Regular } file)
        {
            find.Remove(file, why);
        }
    }
}
