using Thpc.NodeAgent.Host.Files;

namespace Thpc.NodeAgent.Host.Processes;

/// <summary>Reads the files of a process in /proc (proc(5)). The process may end at any moment.</summary>
internal static class ProcFiles
{
    /// <returns>Null if the process has ended, or the file may not be read.</returns>
    public static string? Read(string path)
    {
        try
        {
            return RegularFile.ReadText(path)?.TrimEnd('\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Reads the target of a link. The kernel answers without access to the target.</summary>
    /// <returns>Null if the process has ended, or the link may not be read.</returns>
    public static string? Target(string link)
    {
        try
        {
            return new FileInfo(link).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <returns>The targets of the process's descriptors, by descriptor number.</returns>
    public static Dictionary<string, string> Descriptors(int id)
    {
        var links = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            // List fdinfo/ instead of fd/: for each link in fd/ .NET would stat the target, and block on a dead server.
            foreach (var name in Directory.EnumerateFiles($"/proc/{id}/fdinfo").Select(Path.GetFileName).OfType<string>())
            {
                if (Target($"/proc/{id}/fd/{name}") is { } target)
                {
                    links[name] = target;
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The process has ended; the descriptors read so far are valid.
        }

        return links;
    }
}
