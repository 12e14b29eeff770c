using System.Text;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Support;

/// <summary>What a support ticket needs, redacted, in one archive.</summary>
internal static class SupportBundle
{
    /// <summary>Of all files together, before they are packed.</summary>
    public const int MaxBytes = 8 << 20;

    // What an item's own limit leaves for the item to say so.
    private static readonly TimeSpan LastWord = TimeSpan.FromSeconds(0.5);
    private const string OwnUnits = "thpc-*";
    private static readonly string[] Variables = ["TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", "TENCENTCLOUD_TOKEN"];

    /// <summary>Everything but the doctor's word, which takes a configuration.</summary>
    /// <param name="configPath">Where this process finds the configuration.</param>
    public static IEnumerable<BundleItem> Items(NodeRoot root, string configPath) =>
    [
        BundleItem.OfFile("report.json", root.Report),
        BundleItem.OfFile("node-agent.toml", configPath),
        BundleItem.OfFile("fstab", root.Fstab),
        BundleItem.OfFile("mountinfo", "/proc/self/mountinfo"),
        BundleItem.OfFile("thpc_preinstalled.json", root.Marker),
        BundleItem.OfFile("removed-storage", root.RemovedStorage),
        BundleItem.OfFile("os-release", root.Locate(NodePaths.OsRelease)),
        BundleItem.OfFile("resolv.conf", root.Locate("/etc/resolv.conf")),
        BundleItem.OfFile("cloud-init-result.json", root.Locate("/run/cloud-init/result.json")),
        BundleItem.OfFile("cloud-init-output.log", root.Locate("/var/log/cloud-init-output.log")),
        .. StateFiles.Logs(root).Select(log => BundleItem.OfFile($"log/{Path.GetFileName(log)}", log)),
        .. root.IsLive ? Machine : [],
    ];

    /// <summary>Values that must not be in it, whatever they are called there.</summary>
    public static IEnumerable<string> Secrets(string? credentialsFile, string? config, IReadOnlyDictionary<string, string> environment) =>
    [
        .. Variables.Select(name => environment.GetValueOrDefault(name, "")),
        .. Quoted(credentialsFile ?? ""),
        .. Quoted(config ?? "").SelectMany(Url.Secrets),
    ];

    /// <returns>Name and content of each file, redacted, all of them together no more than <see cref="MaxBytes"/>.</returns>
    /// <param name="limit">For all of them, side by side; more than a second.</param>
    public static async Task<IReadOnlyList<(string Name, byte[] Content)>> GatherAsync(IEnumerable<BundleItem> items, Redactor redaction, TimeSpan limit, CancellationToken cancel)
    {
        List<(string Name, byte[] Content)> files = [];
        var left = MaxBytes;
        foreach (var (name, text) in await Task.WhenAll(items.Select(item => ReadAsync(item, limit, cancel))))
        {
            if (text is not null)
            {
                var content = Encoding.UTF8.GetBytes(redaction.Apply(text));
                files.Add((name, content.Length <= left ? content : Encoding.UTF8.GetBytes($"left out: {content.Length} bytes, and the bundle is full\n")));
                left -= Math.Min(left, content.Length);
            }
        }

        return files;
    }

    private static BundleItem[] Machine =>
    [
        BundleItem.OfPrograms("units.txt", ["systemctl", "--no-pager", "status", OwnUnits, "slurmd.service"], ["systemctl", "--no-pager", "cat", OwnUnits], ["systemctl", "--no-pager", "list-units", "--failed"], ["systemctl", "--no-pager", "list-jobs"]),
        BundleItem.OfPrograms("journal.txt", ["journalctl", "--no-pager", "--boot", "--lines=400", "--unit=thpc-node-agent.service", "--unit=thpc-node-agent-guard.service"]),
        BundleItem.OfPrograms("dmesg.txt", ["dmesg"]),
        BundleItem.OfPrograms("network.txt", ["ip", "address"], ["ip", "route"], ["ss", "--tcp", "--numeric"]),
        BundleItem.OfPrograms("processes.txt", ["ps", "-eo", "pid,ppid,stat,wchan:32,etime,comm"]),
        BundleItem.OfPrograms("versions.txt", ["uname", "-a"], ["systemctl", "--version"], ["mount.nfs", "-V"], ["ldd", "--version"], ["dpkg-query", "-W", "nfs-common", "munge", "slurmd"], ["rpm", "-q", "nfs-utils", "munge", "slurm-slurmd"]),
    ];

    private static async Task<(string Name, string? Text)> ReadAsync(BundleItem item, TimeSpan limit, CancellationToken cancel)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        timer.CancelAfter(limit);
        try
        {
            return (item.Name, await Task.Run(() => item.ReadAsync(limit - LastWord, timer.Token), timer.Token).WaitAsync(timer.Token));
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancel.IsCancellationRequested)
        {
            return (item.Name, $"could not be read: {(e is OperationCanceledException or TimeoutException ? $"no answer within {limit.TotalSeconds:0.#} s" : e.Message)}\n");
        }
    }

    /// <summary>What stands in quotes, whatever the rest of the text is: a file with a mistake in it has its secrets all the same.</summary>
    private static IEnumerable<string> Quoted(string text) => text.Split('"', '\'').Select(part => part.Trim()).Where(part => part.Length > 0);
}
