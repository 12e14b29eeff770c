using System.Globalization;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Host;

/// <summary>
/// Stale pid files of dnf. dnf uses a file with its pid as its lock. After a kill or a power cut the file stays, and the next dnf waits as
/// long as any process or thread has that pid, which is likely after a boot.
/// </summary>
internal static class StaleLocks
{
    private static readonly string[] Files =
        ["/var/lib/dnf/rpmdb_lock.pid", "/var/cache/dnf/metadata_lock.pid", "/var/cache/dnf/download_lock.pid", "/var/log/log_lock.pid",
            "/run/yum.pid"];

    // dnf and yum, and programs that use their library, run as Python.
    private static readonly string[] Holders = ["dnf", "yum", "python", "packagekit", "anaconda"];

    /// <summary>Removes pid files whose pid is not a package manager.</summary>
    /// <returns>The removed files.</returns>
    public static IReadOnlyList<string> Remove(NodeRoot root)
    {
        List<string> removed = [];
        foreach (var file in root.IsLive ? Files : [])
        {
            if (int.TryParse(ProcFiles.Read(root.Locate(file))?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                && !MayHold(id))
            {
                File.Delete(root.Locate(file));
                removed.Add(file);
            }
        }

        return removed;
    }

    private static bool MayHold(int id)
    {
        var isThread = ProcFiles.Read($"/proc/{id}/status")?.Split('\n')
            .FirstOrDefault(line => line.StartsWith("Tgid:", StringComparison.Ordinal)) is { } line
            && line["Tgid:".Length..].Trim() != id.ToString(CultureInfo.InvariantCulture);
        var command = $"{ProcFiles.Read($"/proc/{id}/cmdline")} {ProcFiles.Read($"/proc/{id}/comm")}";
        return !isThread && !ProcessTable.HasEnded(id)
            && Array.Exists(Holders, name => command.Contains(name, StringComparison.OrdinalIgnoreCase));
    }
}
