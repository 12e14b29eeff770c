using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>By what the node proves and knows that it belongs to a cluster: munge, NIS, Slurm.</summary>
internal static class SchedulerOperations
{
    private const string Spool = "/var/spool";

    public static Operation Keys { get; } = new("scheduler-keys", false, "munge's key, the NIS domain and its servers, Slurm's configuration, keys and spool", find =>
    {
        find.RemoveFile("/etc/munge/munge.key", "munge's key");
        find.RemoveFile("/etc/defaultdomain", "NIS domain");
        find.RemoveLines("/etc/yp.conf", line => line.TrimStart().Split([' ', '\t'], 2)[0] is "ypserver" or "domain" ? "NIS server" : null);
        find.RemoveLines("/etc/sysconfig/network", line => line.TrimStart().StartsWith("NISDOMAIN=", StringComparison.Ordinal) ? "NIS domain" : null);
        find.RemoveContent("/var/yp/binding", "NIS server");

        // A slurmd without files has its configuration from there (slurm.conf(5), configless).
        foreach (var file in (string[])["/etc/default/slurmd", "/etc/sysconfig/slurmd"])
        {
            find.RemoveLines(file, line => !line.TrimStart().StartsWith('#') && line.Contains("--conf-server", StringComparison.Ordinal) ? "Slurm's server" : null);
        }

        foreach (var directory in Slurm(find, "/etc"))
        {
            find.RemoveFiles(directory, "Slurm's configuration or key", name => Path(name) is ".conf" or ".key" or ".yaml" or ".pem");
        }

        foreach (var directory in Slurm(find, Spool))
        {
            find.RemoveContent(directory, "Slurm's spool");
        }
    })
    {
        IsOfCluster = true,
    };

    private static string Path(string name) => name.LastIndexOf('.') is >= 0 and var dot ? name[dot..] : "";

    private static IEnumerable<string> Slurm(Finder find, string above) =>
        find.List(above).Where(entry => entry.Status is { Kind: FileKind.Directory } && TreePath.Name(entry.Path).StartsWith("slurm", StringComparison.Ordinal)).Select(entry => entry.Path);
}
