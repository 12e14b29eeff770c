using System.Text.RegularExpressions;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image.Operations;

/// <summary>What only takes space, or tells of work that the next node has not done.</summary>
internal static partial class CacheAndLogOperations
{
    private const string Journal = "/var/log/journal";

    public static Operation Logs { get; } = new("logs", false, "logs under /var/log emptied, rotated ones and the journal removed", find =>
    {
        foreach (var file in find.FilesOf("/var/log").Where(file => !file.Path.StartsWith(Journal + "/", StringComparison.Ordinal)))
        {
            if (RotatedPattern().IsMatch(TreePath.Name(file.Path)))
            {
                find.Remove(file, "rotated log");
            }
            else if (file.Status!.Value.Size > 0)
            {
                find.Add(new ImageChange(ImageChangeKind.Empty, file.Path, "log"));
            }
        }

        find.RemoveContent(Journal, "journal");
    })
    {
        ComesAgain = true,
    };

    public static Operation Temporary { get; } = new("tmp", false, "everything in /tmp and /var/tmp that no running program uses", find =>
    {
        // What a running service has for its own /tmp: it names the boot, and those of earlier boots go.
        var own = find.Node.Root.IsLive ? $"/systemd-private-{MachineIdentity.ReadLine("/proc/sys/kernel/random/boot_id")?.Replace("-", "", StringComparison.Ordinal)}-" : null;
        bool InUse(TreeEntry entry) =>
            (own is not null && entry.Path.Contains(own, StringComparison.Ordinal)) || find.Node.Open.Contains(entry.Path);

        // A directory in use is left and what else is in it goes.
        foreach (var directory in (string[])["/tmp", "/var/tmp"])
        {
            find.RemoveContent(directory, "temporary", InUse);
        }
    })
    {
        ComesAgain = true,
    };

    public static Operation Packages { get; } = new("package-cache", false, "what apt, dnf, yum and zypper keep of downloaded packages and lists", find =>
    {
        find.RemoveFiles("/var/cache/apt", "apt's cache", name => name != "lock");
        find.RemoveFiles("/var/lib/apt/lists", "apt's lists", name => name != "lock");
        foreach (var directory in (string[])["/var/cache/dnf", "/var/cache/libdnf5", "/var/cache/yum", "/var/cache/zypp"])
        {
            find.RemoveContent(directory, "package cache");
        }
    });

    // messages.1, syslog.2.gz, secure-20260301, cron-20260301.xz, dpkg.log.old, boot.log-2026-03-01
    [GeneratedRegex(@"(\.(gz|bz2|xz|zst|lz4|Z|old)|\.[0-9]{1,3}|[.-][0-9]{4}-?[0-9]{2}-?[0-9]{2}([-.][0-9]+)?)\z", RegexOptions.ExplicitCapture)]
    private static partial Regex RotatedPattern();
}
