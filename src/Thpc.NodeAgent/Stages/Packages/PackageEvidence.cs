namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>
/// Chooses the file whose existence later shows, without the package manager, that a package is installed: only the removal of the
/// package deletes it.
/// </summary>
internal static class PackageEvidence
{
    private static readonly string[] Programs = ["/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"];
    private static readonly string[] StableDirectories = ["/usr/lib", "/lib", "/usr/libexec/", "/opt/"];

    private const int Ranks = 4;

    /// <param name="files">The files of the package, in its manager's order.</param>
    /// <param name="exists">Whether a file exists on the node.</param>
    /// <returns>A program, or else a unit, a file in a library directory, or documentation; null if there is none.</returns>
    public static string? Choose(IReadOnlyCollection<string> files, Func<string, bool> exists) =>
        Enumerable.Range(0, Ranks).SelectMany(rank => files.Where(file => Rank(file) == rank)).FirstOrDefault(exists);

    private static int? Rank(string file) =>
        Array.Exists(Programs, start => file.StartsWith(start, StringComparison.Ordinal)) ? 0
        : file.EndsWith(".service", StringComparison.Ordinal) && file.Contains("/lib/systemd/system/", StringComparison.Ordinal) ? 1
        : file.Contains("/.build-id/", StringComparison.Ordinal) ? null
        : Array.Exists(StableDirectories, start => file.StartsWith(start, StringComparison.Ordinal)) ? 2
        : file.StartsWith("/usr/share/", StringComparison.Ordinal) ? 3
        : null;
}
