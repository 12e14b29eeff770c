namespace Thpc.NodeAgent.Tests.Helpers;

/// <summary>The repository's files, as relative paths. What a build writes, perhaps at the same time, is not among them.</summary>
internal static class RepositoryFiles
{
    /// <summary>What git tracks, and new files that it does not ignore.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. RepositoryTool.Run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output
            .Split('\0', StringSplitOptions.RemoveEmptyEntries).Where(file => File.Exists(Path.Combine(Repository.Root, file))),
    ];

    /// <param name="folder">Without a slash at its end.</param>
    public static IEnumerable<string> Below(string folder) =>
        All.Where(file => file.StartsWith(folder + "/", StringComparison.Ordinal));

    public static string Read(string file) => File.ReadAllText(Path.Combine(Repository.Root, file));
}
