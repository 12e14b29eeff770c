namespace Thpc.NodeAgent.Tests.Helpers;

/// <summary>The repository that the running tests belong to.</summary>
internal static class Repository
{
    /// <summary>The folder of the solution file.</summary>
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    private static string Find(string below) =>
        File.Exists(Path.Combine(below, "Thpc.NodeAgent.sln"))
            ? below
            : Find(Path.GetDirectoryName(below) ?? throw new DirectoryNotFoundException("the test assembly is outside the repository"));
}
