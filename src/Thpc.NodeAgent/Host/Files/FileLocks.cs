using System.Globalization;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>A held lock and its holder.</summary>
/// <param name="File">The locked file, or the file that contains the holder's pid.</param>
/// <param name="What">Such as `the dpkg lock` or `the lock on /run/backup.lock`.</param>
/// <param name="Holder">The holder's pid.</param>
/// <param name="HolderName">The name of the holder's program.</param>
internal sealed record HeldLock(string File, string What, int Holder, string HolderName)
{
    public override string ToString() => $"{What} held by pid {Holder} ({HolderName})";
}

/// <summary>
/// Finds the holders of locks from /proc/PID/fdinfo (proc(5)), and from the pid files of package managers. /proc/locks is of no use: it
/// names the process that took the lock, which may have ended and passed it to its children.
/// </summary>
internal static class FileLocks
{
    private static readonly Dictionary<string, string> PackageManagers = new(StringComparer.Ordinal)
    {
        ["/var/lib/dpkg/lock-frontend"] = "the dpkg lock",
        ["/var/lib/dpkg/lock"] = "the dpkg lock",
        ["/var/lib/apt/lists/lock"] = "apt's lock on its package lists",
        ["/var/cache/apt/archives/lock"] = "apt's lock on its downloads",
        ["/var/lib/rpm/.rpm.lock"] = "the rpm lock",
        ["/usr/lib/sysimage/rpm/.rpm.lock"] = "the rpm lock",
        ["/run/yum.pid"] = "the yum lock",
        ["/run/zypp.pid"] = "the zypper lock",
        ["/var/cache/dnf/metadata_lock.pid"] = "the dnf lock",
        ["/var/lib/dnf/rpmdb_lock.pid"] = "the dnf lock",
    };

    public static bool IsPackageManagers(HeldLock held) => PackageManagers.ContainsKey(held.File);

    /// <summary>The held locks among those of package managers and those on the given files.</summary>
    public static IReadOnlyList<HeldLock> Held(IEnumerable<string> files, NodeRoot root)
    {
        HashSet<string> wanted = [.. files, .. PackageManagers.Keys];
        return
        [
            .. ProcessTable.Read().SelectMany(HeldBy).DistinctBy(held => (held.File, held.Holder)),
            .. PackageManagers.Keys.Where(file => file.EndsWith(".pid", StringComparison.Ordinal))
                .Select(file => PidIn(root.Locate(file)) is { } id ? Lock(file, id) : null).OfType<HeldLock>(),
        ];

        IEnumerable<HeldLock> HeldBy(ProcessEntry process) => ProcFiles.Descriptors(process.Id)
            .Where(link => wanted.Contains(link.Value) && HoldsLock(process.Id, link.Key)).Select(link => Lock(link.Value, process.Id));
    }

    private static HeldLock Lock(string file, int id) =>
        new(file, PackageManagers.GetValueOrDefault(file, $"the lock on {TerminalText.OneLine(file)}"), id, ProcessTable.Command(id));

    private static bool HoldsLock(int id, string descriptor) =>
        ProcFiles.Read($"/proc/{id}/fdinfo/{descriptor}")?.Contains("\nlock:", StringComparison.Ordinal) == true;

    private static int? PidIn(string file) =>
        int.TryParse(ProcFiles.Read(file)?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            && Directory.Exists($"/proc/{id}") ? id : null;
}
