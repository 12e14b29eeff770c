using System.Globalization;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host.Processes;

/// <summary>A process that holds a file: open, mapped, as its executable, or as its working or root directory.</summary>
/// <param name="User">The user's name, or its number if it has none.</param>
/// <param name="Command">The program's name from /proc/PID/comm, at most 15 characters.</param>
/// <param name="File">One of the held files; the executable first.</param>
internal sealed record FileHolder(int Id, string User, string Command, string File)
{
    public override string ToString() => $"pid {Id} ({User}, {Command}: {File})";
}

/// <param name="Users">The holders, by pid.</param>
/// <param name="Complete">Whether the search of /proc ended within the limit.</param>
internal sealed record FileHolderList(IReadOnlyList<FileHolder> Users, bool Complete)
{
    private const int MaxNamed = 8;

    /// <summary>For a message; empty if there are no holders.</summary>
    public LocalizedText Summary =>
        string.Join(", ", Users.Take(MaxNamed)) + (Users.Count > MaxNamed ? Messages.More(Users.Count - MaxNamed) : "");
}

/// <summary>Finds the processes that hold files below a directory.</summary>
internal static class FileHolders
{
    // A process stuck on a dead server may hold a lock that reading its memory map waits for, so a child does the search.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Reads the links of /proc, which never accesses the file system that they lead to. It does not find files that the kernel itself
    /// holds (loop devices, swap, exports).
    /// </summary>
    /// <param name="directory">As in mountinfo, without a trailing slash.</param>
    /// <param name="running">Search only for programs and libraries in use, not for open files and working directories.</param>
    public static async Task<FileHolderList> InspectAsync(string directory, bool running, CancellationToken cancel)
    {
        var pattern = GlobEscape(directory);
        string[] kinds = running ? ["exe", "map_files/*"] : ["exe", "cwd", "root", "fd/*", "map_files/*"];
        string[] paths = [.. kinds.SelectMany(kind => (string[])["-o", "-path", $"/proc/[0-9]*/{kind}"]).Skip(1)];
        var result = await ProgramRunner.RunAsync(
            [
                "find", "/proc", "-mindepth", "2", "-maxdepth", "3", "-type", "l", "(", .. paths, ")",
                "(", "-lname", pattern, "-o", "-lname", $"{pattern}/*", ")", "-printf", "%P\\t%u\\t%l\\n",
            ],
            Limit,
            cancel);
        return new FileHolderList(Parse(result.Output), !result.TimedOut);
    }

    private static List<FileHolder> Parse(string output)
    {
        var users = new SortedDictionary<int, FileHolder>();
        foreach (var line in output.Split('\n'))
        {
            // 417/fd/3 TAB alice TAB /data/file
            var fields = line.Split('\t', 3);
            var pid = fields[0].AsSpan(0, Math.Max(0, fields[0].IndexOf('/', StringComparison.Ordinal)));
            if (fields.Length == 3
                && int.TryParse(pid, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id != Environment.ProcessId)
            {
                users.TryAdd(id, new FileHolder(id, fields[1], ProcessTable.Command(id), TerminalText.OneLine(fields[2])));
            }
        }

        return [.. users.Values];
    }

    private static string GlobEscape(string path) =>
        string.Concat(path.Select(c => c is '*' or '?' or '[' or ']' or '\\' ? $"\\{c}" : c.ToString()));
}
