namespace Thpc.NodeAgent.Host.Processes;

/// <summary>Finds programs in a fixed search path.</summary>
internal static class ProgramFinder
{
    public const string SearchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <returns>The program's path on the node; null if no executable file of that name exists.</returns>
    public static string? Find(NodeRoot root, string name) =>
        SearchPath.Split(':').Select(directory => $"{directory}/{name}").FirstOrDefault(path => IsExecutable(root.Locate(path)));

    public static bool IsExecutable(string path)
    {
        const UnixFileMode Any = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        return File.Exists(path) && (File.GetUnixFileMode(path) & Any) != 0;
    }
}
