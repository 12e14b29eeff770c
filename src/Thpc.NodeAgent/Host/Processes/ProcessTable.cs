using System.Globalization;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host.Processes;

/// <summary>One process, from /proc/PID/stat.</summary>
/// <param name="StartTime">Clock ticks since boot; together with the pid it identifies a process uniquely.</param>
internal sealed record ProcessEntry(int Id, int ParentId, int Group, int Session, char State, ulong StartTime)
{
    /// <summary>Whether both are the same process: a pid can be reused, but not with the same start time.</summary>
    public bool IsSame(ProcessEntry other) => Id == other.Id && StartTime == other.StartTime;
}

/// <summary>The processes of this machine, their ancestors and descendants.</summary>
internal static class ProcessTable
{
    public static IReadOnlyList<ProcessEntry> Read()
    {
        List<ProcessEntry> all = [];
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                && Read(id) is { } entry)
            {
                all.Add(entry);
            }
        }

        return all;
    }

    /// <summary>Parses /proc/PID/stat (proc(5)); the name in it may hold spaces and parentheses.</summary>
    public static ProcessEntry? Parse(string stat)
    {
        var nameEnd = stat.LastIndexOf(')');
        var nameStart = stat.IndexOf('(', StringComparison.Ordinal);
        if (nameStart < 1 || nameEnd < nameStart)
        {
            return null;
        }

        var fields = stat[(nameEnd + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 19
            && int.TryParse(stat.AsSpan(0, nameStart - 1), CultureInfo.InvariantCulture, out var id)
            && int.TryParse(fields[1], CultureInfo.InvariantCulture, out var parent)
            && int.TryParse(fields[2], CultureInfo.InvariantCulture, out var group)
            && int.TryParse(fields[3], CultureInfo.InvariantCulture, out var session)
            && ulong.TryParse(fields[19], CultureInfo.InvariantCulture, out var start)
            ? new ProcessEntry(id, parent, group, session, fields[0][0], start)
            : null;
    }

    /// <summary>The descendants of a process, parents before children, without the excluded ones and their descendants.</summary>
    public static IReadOnlyList<ProcessEntry> Descendants(IReadOnlyList<ProcessEntry> all, int ancestor, Func<ProcessEntry, bool> excluded)
    {
        var children = all.ToLookup(entry => entry.ParentId);
        List<ProcessEntry> found = [];
        var open = new Stack<ProcessEntry>(children[ancestor].Reverse());
        while (open.TryPop(out var entry))
        {
            if (!excluded(entry))
            {
                found.Add(entry);
                foreach (var child in children[entry.Id].Reverse())
                {
                    open.Push(child);
                }
            }
        }

        return found;
    }

    /// <summary>The parent, its parent and so on, up to the first process of the namespace.</summary>
    public static IReadOnlyList<ProcessEntry> Ancestors(int id)
    {
        List<ProcessEntry> found = [];

        // Processes may end during this loop and pids be reused: stop if it would run in a circle.
        for (var entry = Read(id); entry is { ParentId: > 0 } && Read(entry.ParentId) is { } parent
            && !found.Contains(parent); entry = parent)
        {
            found.Add(parent);
        }

        return found;
    }

    /// <returns>The name of a process's program; "?" if it has ended. Reading it never blocks, unlike reading the arguments.</returns>
    public static string Command(int id) => ProcFiles.Read($"/proc/{id}/comm") is { } name ? TerminalText.OneLine(name) : "?";

    /// <returns>How long a process has been running; null if it has ended.</returns>
    public static TimeSpan? Age(int id)
    {
        // The kernel shows times of processes in hundredths of a second on every architecture.
        const int TicksPerSecond = 100;
        return Read(id) is { } entry && ProcFiles.Read("/proc/uptime")?.Split(' ') is [var uptime, ..]
            && double.TryParse(uptime, CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(Math.Max(0, seconds - ((double)entry.StartTime / TicksPerSecond)))
            : null;
    }

    /// <summary>Whether a process has ended, including zombies that are not reaped yet.</summary>
    public static bool HasEnded(int id) => Read(id) is null or { State: 'Z' };

    /// <returns>Null if the process does not exist.</returns>
    public static ProcessEntry? Read(int id) => ProcFiles.Read($"/proc/{id}/stat") is { } stat ? Parse(stat) : null;
}
