namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>
/// Chooses the file by which a package is known to be there later, without its manager: one that nothing but the package's
/// removal takes away.
/// </summary>
internal static class PackageEvidence
{
    private static readonly string[] Programs = ["/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"];
    private static readonly string[] StableDirectories = ["/usr/lib", "/lib", "/usr/libexec/", "/opt/"];

    private const int Ranks = 4;

    /// <param name="files">What the package owns, in its manager's order.</param>
    /// <param name="exists">Whether such a file is on the node now.</param>
    /// <returns>A program, else a unit, else what lies in a library's directory, else documentation; null where there is none of these.</returns>
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
