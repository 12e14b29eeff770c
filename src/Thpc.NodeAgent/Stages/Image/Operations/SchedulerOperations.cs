using Thpc.NodeAgent.Host.Files;

namespace Thpc.NodeAgent.Stages.Image.Operations;

/// <summary>Removes keys and settings that make the node a member of a cluster: munge, NIS, Slurm, Grid Engine.</summary>
internal static class SchedulerOperations
{
    public const string Name = "scheduler-keys";

    // sge_intro(1): $SGE_ROOT/$SGE_CELL.
    public const string GridEngineCells = "/opt/sge*/* /opt/gridengine*/* /usr/local/sge*/* /usr/share/gridengine/* /var/lib/gridengine/*";

    private const string Does = "keys of munge and Slurm, Slurm's configuration and spool, and the servers of NIS, Slurm and Grid Engine";

    public static Operation Keys { get; } = new(Name, false, Does, scanner =>
    {
        // Before the configurations that name the keys, so that a run after a kill in between finds both again.
        foreach (var text in SlurmFiles.Configurations(scanner.Node))
        {
            RemoveNamedBy(scanner, text);
        }

        foreach (var file in (string[])["/etc/default/munge", "/etc/sysconfig/munge"])
        {
            foreach (var path in SlurmFiles.FindPaths(scanner.Read(file) ?? "", "--key-file"))
            {
                RemoveNamed(scanner, path, "munge's key");
            }
        }

        scanner.FindTraces(Name);
    })
    {
        IsOfCluster = true,
    };

    private static void RemoveNamedBy(ImageScanner scanner, string text)
    {
        foreach (var name in (string[])["jwt_key", "jwks"])
        {
            foreach (var path in SlurmFiles.FindPaths(text, name))
            {
                RemoveNamed(scanner, path, "Slurm's key");
            }
        }

        if (SlurmFiles.PathOf(text, "StateSaveLocation") is { } state)
        {
            RemoveNamed(scanner, state + "/jwt_hs256.key", "Slurm's key"); // slurm.conf(5), AuthAltParameters
        }

        // Other programs may use a directory without slurm in its name.
        if (SlurmFiles.PathOf(text, "SlurmdSpoolDir") is { } spool && spool.Contains("slurm", StringComparison.Ordinal))
        {
            scanner.RemoveContent(spool, "Slurm's spool");
        }
    }

    private static void RemoveNamed(ImageScanner scanner, string path, string why)
    {
        if (scanner.Node.Tree.Inspect(path) is { Status.Kind: FileKind.Regular } file)
        {
            scanner.Remove(file, why);
        }
    }
}
