using System.Text;

namespace Thpc.NodeAgent.Host.Processes;

/// <summary>
/// The files that running programs have open, stand in, run from or listen on. What is only mapped is not among them: whoever has
/// it keeps it, whatever becomes of its name.
/// </summary>
internal sealed class OpenFiles
{
    // Names that are not UTF-8 come out of .NET as replacement characters: compared so, rather too many are taken to be open.
    private readonly HashSet<string> _paths = new(StringComparer.Ordinal);

    public static OpenFiles None { get; } = new();

    public static OpenFiles Read()
    {
        var open = new OpenFiles();
        foreach (var id in ProcessTable.Read().Select(process => process.Id))
        {
            open._paths.UnionWith([.. ProcFiles.Descriptors(id).Values, .. ((string[])["cwd", "root", "exe"]).Select(name => ProcFiles.Target($"/proc/{id}/{name}")).OfType<string>()]);
        }

        // Num RefCount Protocol Flags Type St Inode Path (proc(5)).
        open._paths.UnionWith(File.ReadLines("/proc/net/unix").Select(line => line.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash ? line[slash..] : ""));
        return open;
    }

    /// <param name="path">A byte a character.</param>
    public bool Contains(string path) => _paths.Contains(Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(path)));
}
