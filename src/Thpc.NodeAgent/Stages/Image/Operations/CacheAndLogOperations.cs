using System.Text.RegularExpressions;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image.Operations;

/// <summary>Removes caches, logs and temporary files.</summary>
internal static partial class CacheAndLogOperations
{
    private const string Journal = "/var/log/journal";

    private const string LogsDoes = "logs under /var/log emptied, rotated ones and the journal removed";
    private const string TemporaryDoes = "everything in /tmp and /var/tmp that no running program uses";
    private const string PackagesDoes = "packages and package lists that apt, dnf, yum and zypper downloaded";

    public static Operation Logs { get; } = new("logs", false, LogsDoes, scanner =>
    {
        foreach (var file in scanner.FilesOf("/var/log").Where(file => !file.Path.StartsWith(Journal + "/", StringComparison.Ordinal)))
        {
            if (RotatedPattern().IsMatch(TreePath.Name(file.Path)))
            {
                scanner.Remove(file, "rotated log");
            }
            else if (file.Status!.Value.Size > 0)
            {
                scanner.Add(new ImageChange(ImageChangeKind.Empty, file.Path, "log"));
            }
        }

        scanner.RemoveContent(Journal, "journal");
    })
    {
        IsRecreated = true,
    };

    public static Operation Temporary { get; } = new("tmp", false, TemporaryDoes, scanner =>
    {
        // The private /tmp of a running service, whose name contains the boot id; those of earlier boots are removed.
        var bootId = MachineIdentity.ReadLine("/proc/sys/kernel/random/boot_id")?.Replace("-", "", StringComparison.Ordinal);
        var own = scanner.Node.Root.IsLive ? $"/systemd-private-{bootId}-" : null;
        bool InUse(TreeEntry entry) =>
            (own is not null && entry.Path.Contains(own, StringComparison.Ordinal)) || scanner.Node.Open.Contains(entry.Path);

        // A directory in use stays; its other content is removed.
        foreach (var directory in (string[])["/tmp", "/var/tmp"])
        {
            scanner.RemoveContent(directory, "temporary", InUse);
        }
    })
    {
        IsRecreated = true,
    };

    public static Operation Packages { get; } = new("package-cache", false, PackagesDoes, scanner =>
    {
        scanner.RemoveFiles("/var/cache/apt", "apt's cache", name => name != "lock");
        scanner.RemoveFiles("/var/lib/apt/lists", "apt's lists", name => name != "lock");
        foreach (var directory in (string[])["/var/cache/dnf", "/var/cache/libdnf5", "/var/cache/yum", "/var/cache/zypp"])
        {
            scanner.RemoveContent(directory, "package cache");
        }
    });

    // messages.1, syslog.2.gz, secure-20260301, cron-20260301.xz, dpkg.log.old, boot.log-2026-03-01
    [GeneratedRegex(@"(\.(gz|bz2|xz|zst|lz4|Z|old)|\.[0-9]{1,3}|[.-][0-9]{4}-?[0-9]{2}-?[0-9]{2}([-.][0-9]+)?)\z",
        RegexOptions.ExplicitCapture)]
    private static partial Regex RotatedPattern();
}
