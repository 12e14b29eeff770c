using System.Globalization;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Host;

/// <summary>
/// dnf locks by a file with its pid. One that was killed, or lost its power, leaves the file, and dnf waits for as long as any process, or
/// thread, has that number, which after a boot is often the case.
/// </summary>
internal static class StaleLocks
{
    private static readonly string[] Files =
        ["/var/lib/dnf/rpmdb_lock.pid", "/var/cache/dnf/metadata_lock.pid", "/var/cache/dnf/download_lock.pid", "/var/log/log_lock.pid", "/run/yum.pid"];

    // dnf and yum run as Python, and so does every program that uses their library.
    private static readonly string[] Holders = ["dnf", "yum", "python", "packagekit", "anaconda"];

    /// <summary>Removes those whose number is no package manager's now.</summary>
    /// <returns>The files that were removed.</returns>
    public static IReadOnlyList<string> Remove(NodeRoot root)
    {
        List<string> removed = [];
        foreach (var file in root.IsLive ? Files : [])
        {
            if (int.TryParse(ProcFiles.Read(root.Locate(file))?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && !MayHold(id))
            {
                File.Delete(root.Locate(file));
                removed.Add(file);
            }
        }

        return removed;
    }

    private static bool MayHold(int id)
    {
        var isThread = ProcFiles.Read($"/proc/{id}/status")?.Split('\n').FirstOrDefault(line => line.StartsWith("Tgid:", StringComparison.Ordinal)) is { } line
            && line["Tgid:".Length..].Trim() != id.ToString(CultureInfo.InvariantCulture);
        var command = $"{ProcFiles.Read($"/proc/{id}/cmdline")} {ProcFiles.Read($"/proc/{id}/comm")}";
        return !isThread && !ProcessTable.HasEnded(id) && Array.Exists(Holders, name => command.Contains(name, StringComparison.OrdinalIgnoreCase));
    }
}
