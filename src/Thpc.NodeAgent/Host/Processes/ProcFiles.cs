using Thpc.NodeAgent.Host.Files;

namespace Thpc.NodeAgent.Host.Processes;

/// <summary>What /proc has of a process (proc(5)); any process may end between one look and the next.</summary>
internal static class ProcFiles
{
    /// <returns>Null where the process has ended, or hides it.</returns>
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

    /// <summary>Where a link leads; the kernel answers without a look at what is there.</summary>
    /// <returns>Null where the process has ended, or hides it.</returns>
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

    /// <summary>Where the descriptors of a process lead, by their numbers.</summary>
    public static Dictionary<string, string> Descriptors(int id)
    {
        var links = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            // Not by a list of fd/ itself: .NET asks for each link in there whether it leads to a directory, and waits for a dead server.
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
            // It has ended: what was seen until then is right.
        }

        return links;
    }
}
