using System.Globalization;
using System.Text;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Support;

/// <summary>Gathers the redacted files of a support bundle.</summary>
internal static class SupportBundle
{
    /// <summary>The uncompressed size of all files together.</summary>
    public const int MaxBytes = 8 << 20;

    /// <summary>The file with the last run's report.</summary>
    public const string Report = "report.json";

    // An item's limit is shorter than the bundle's by this, so that the item itself can report its timeout.
    private static readonly TimeSpan TimeoutMargin = TimeSpan.FromSeconds(0.5);
    private const string OwnUnits = "thpc-*";
    private static readonly string[] Variables = ["TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", "TENCENTCLOUD_TOKEN"];

    /// <returns>All items except the report of `doctor`, which needs a configuration.</returns>
    /// <param name="configPath">The configuration's path, as this process opens it.</param>
    public static IEnumerable<BundleItem> Items(NodeRoot root, string configPath) =>
    [
        BundleItem.FromFirst(Report, root.ReportCopy, root.Report),
        BundleItem.FromFile("node-agent.toml", configPath),
        BundleItem.FromFile("fstab", root.Fstab),
        BundleItem.FromFile("mountinfo", "/proc/self/mountinfo"),
        BundleItem.FromFile("thpc_preinstalled.json", root.Marker),
        BundleItem.FromFile("removed-storage", root.RemovedStorage),
        BundleItem.FromFile("os-release", root.Locate(NodePaths.OsRelease)),
        BundleItem.FromFile("resolv.conf", root.Locate("/etc/resolv.conf")),
        BundleItem.FromFile("cloud-init-result.json", root.Locate("/run/cloud-init/result.json")),
        BundleItem.FromFile("cloud-init-output.log", root.Locate("/var/log/cloud-init-output.log")),
        BundleItem.FromFile("report.1.json", root.ReportBefore(1)),
        BundleItem.FromFile("report.2.json", root.ReportBefore(2)),
        .. StateFiles.Logs(root).Select(log => BundleItem.FromFile($"log/{Path.GetFileName(log)}", log)),
        .. root.IsLive ? LiveItems : [],
    ];

    /// <returns>The secret values to redact: from the credentials file, the environment, and URLs in the configuration.</returns>
    public static IEnumerable<string> Secrets(string? credentialsFile, string? config, IReadOnlyDictionary<string, string> environment) =>
    [
        .. Variables.Select(name => environment.GetValueOrDefault(name, "")),
        .. QuotedParts(credentialsFile ?? ""),
        .. QuotedParts(config ?? "").SelectMany(Url.Secrets),
    ];

    /// <summary>Reads all items in parallel.</summary>
    /// <param name="limit">The time for all items; more than a second.</param>
    /// <returns>The redacted files; together at most <see cref="MaxBytes"/>.</returns>
    public static async Task<IReadOnlyList<BundleFile>> GatherAsync(
        IEnumerable<BundleItem> items, Redactor redactor, TimeSpan limit, CancellationToken cancel)
    {
        List<BundleFile> files = [];
        var left = MaxBytes;
        foreach (var (item, text, problem) in await Task.WhenAll(items.Select(item => ReadAsync(item, limit, cancel))))
        {
            if (problem is not null)
            {
                files.Add(BundleFile.Without(item, redactor.Apply(problem)));
            }
            else if (text is not null)
            {
                var shown = redactor.Apply(text);
                var content = Encoding.UTF8.GetBytes(shown);
                files.Add(content.Length <= left
                    ? new BundleFile(item.Name, item.Source, content, Marks(shown) - Marks(text), null)
                    : BundleFile.Without(
                        item, $"left out: {content.Length} bytes would exceed the bundle's maximum of {MaxBytes >> 20} MiB"));
                left -= Math.Min(left, content.Length);
            }
        }

        return files;
    }

    /// <summary>The name of the folder that a bundle unpacks into.</summary>
    public static string FolderName(string host, DateTimeOffset time)
    {
        // A host name from a file may have any characters.
        var name = new StringBuilder("thpc-node-agent-bundle-");
        foreach (var character in host.AsSpan(0, Math.Min(host.Length, 64)))
        {
            name.Append(char.IsAsciiLetterOrDigit(character) ? character : '-');
        }

        return string.Create(CultureInfo.InvariantCulture, $"{name}-{time:yyyyMMdd'T'HHmmss'Z'}");
    }

    private static BundleItem[] LiveItems =>
    [
        BundleItem.FromPrograms(
            "units.txt",
            ["systemctl", "--no-pager", "status", OwnUnits, "slurmd.service"],
            ["systemctl", "--no-pager", "cat", OwnUnits],
            ["systemctl", "--no-pager", "list-units", "--failed"],
            ["systemctl", "--no-pager", "list-jobs"]),
        BundleItem.FromPrograms(
            "journal.txt",
            [
                "journalctl", "--no-pager", "--boot", "--lines=400",
                "--unit=thpc-node-agent.service", "--unit=thpc-node-agent-guard.service",
            ]),
        BundleItem.FromPrograms("dmesg.txt", ["dmesg"]),
        BundleItem.FromPrograms("network.txt", ["ip", "address"], ["ip", "route"], ["ss", "--tcp", "--numeric"]),
        BundleItem.FromPrograms("processes.txt", ["ps", "-eo", "pid,ppid,stat,wchan:32,etime,comm"]),
        BundleItem.FromPrograms(
            "versions.txt",
            ["uname", "-a"],
            ["systemctl", "--version"],
            ["mount.nfs", "-V"],
            ["ldd", "--version"],
            ["dpkg-query", "-W", "nfs-common", "munge", "slurmd"],
            ["rpm", "-q", "nfs-utils", "munge", "slurm-slurmd"]),
    ];

    private static int Marks(string text) => text.AsSpan().Count(Redactor.Mark);

    private static async Task<ItemText> ReadAsync(
        BundleItem item, TimeSpan limit, CancellationToken cancel)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        timer.CancelAfter(limit);
        try
        {
            var read = Task.Run(() => item.ReadAsync(limit - TimeoutMargin, timer.Token), timer.Token);
            return new ItemText(item, await read.WaitAsync(timer.Token), null);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancel.IsCancellationRequested)
        {
            var timedOut = e is OperationCanceledException or TimeoutException;
            var cause = timedOut ? $"no answer within {limit.TotalSeconds:0.#} s" : e.Message;
            return new ItemText(item, null, $"could not be read: {cause}");
        }
    }

    /// <returns>All text between quotes, without parsing: secrets must be found in an invalid file too.</returns>
    private static IEnumerable<string> QuotedParts(string text) =>
        text.Split('"', '\'').Select(part => part.Trim()).Where(part => part.Length > 0);

    /// <param name="Text">Null if there is nothing to read.</param>
    /// <param name="Problem">Why it could not be read; null if it could.</param>
    private sealed record ItemText(BundleItem Item, string? Text, string? Problem);
}
