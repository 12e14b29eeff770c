using System.Text;

namespace Thpc.NodeAgent.Host.Processes;

/// <summary>
/// The files that running programs have open, use as working or root directory, execute, or listen on (Unix sockets). Mapped files are
/// not included: a program keeps its mapping even if the file is removed.
/// </summary>
internal sealed class OpenFiles
{
    // .NET replaces bytes that are not UTF-8. Comparing such names can only report too many files as open, never too few.
    private readonly HashSet<string> _paths = new(StringComparer.Ordinal);

    public static OpenFiles None { get; } = new();

    public static OpenFiles Read()
    {
        var open = new OpenFiles();
        foreach (var id in ProcessTable.Read().Select(process => process.Id))
        {
            open._paths.UnionWith(ProcFiles.Descriptors(id).Values);
            string[] links = ["cwd", "root", "exe"];
            open._paths.UnionWith(links.Select(name => ProcFiles.Target($"/proc/{id}/{name}")).OfType<string>());
        }

        // Num RefCount Protocol Flags Type St Inode Path (proc(5)).
        open._paths.UnionWith(File.ReadLines("/proc/net/unix")
            .Select(line => line.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash ? line[slash..] : ""));
        return open;
    }

    /// <param name="path">Latin-1 (one character per byte).</param>
    public bool Contains(string path) => _paths.Contains(Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(path)));
}
