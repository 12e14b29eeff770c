using System.Globalization;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host.Processes;

/// <summary>A process that has something open, mapped, or stands in a directory.</summary>
/// <param name="User">Name, or number where the machine knows none.</param>
/// <param name="Command">As /proc/PID/comm has it: the program's name, at most 15 characters.</param>
/// <param name="File">One of those files; of a running program its own file first.</param>
internal sealed record FileHolder(int Id, string User, string Command, string File)
{
    public override string ToString() => $"pid {Id} ({User}, {Command}: {File})";
}

/// <param name="Complete">Whether all of /proc could be looked at within the limit.</param>
internal sealed record FileHolderList(IReadOnlyList<FileHolder> Users, bool Complete)
{
    private const int MaxNamed = 8;

    /// <summary>For a message; empty where there is nobody.</summary>
    public string Summary => string.Join(", ", Users.Take(MaxNamed)) + (Users.Count > MaxNamed ? $" and {Users.Count - MaxNamed} more" : "");
}

/// <summary>Who uses the files below a directory.</summary>
internal static class FileHolders
{
    // A process that is stuck on a dead server may hold a lock that a look at its memory waits for: the look must be a child.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Reads the links of /proc, which never asks the file system that they lead to. What the kernel itself holds (loop devices,
    /// swap, exports) is not among them.
    /// </summary>
    /// <param name="directory">As mountinfo shows it, without a trailing slash.</param>
    /// <param name="running">Only programs and libraries in use, not open files and working directories.</param>
    public static async Task<FileHolderList> InspectAsync(string directory, bool running, CancellationToken cancel)
    {
        var pattern = GlobEscape(directory);
        string[] kinds = running ? ["exe", "map_files/*"] : ["exe", "cwd", "root", "fd/*", "map_files/*"];
        string[] paths = [.. kinds.SelectMany(kind => (string[])["-o", "-path", $"/proc/[0-9]*/{kind}"]).Skip(1)];
        var result = await ProgramRunner.RunAsync(
            ["find", "/proc", "-mindepth", "2", "-maxdepth", "3", "-type", "l", "(", .. paths, ")", "(", "-lname", pattern, "-o", "-lname", $"{pattern}/*", ")", "-printf", "%P\\t%u\\t%l\\n"],
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
            if (fields.Length == 3 && int.TryParse(fields[0].AsSpan(0, Math.Max(0, fields[0].IndexOf('/', StringComparison.Ordinal))), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id != Environment.ProcessId)
            {
                users.TryAdd(id, new FileHolder(id, fields[1], ProcessTable.Command(id), OutputText.OneLine(fields[2])));
            }
        }

        return [.. users.Values];
    }

    private static string GlobEscape(string path) => string.Concat(path.Select(c => c is '*' or '?' or '[' or ']' or '\\' ? $"\\{c}" : c.ToString()));
}
