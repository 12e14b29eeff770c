using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>The state of a node, read without its package manager, for comparison with the image's manifest.</summary>
/// <param name="KernelRelease">The release of the running kernel; null for an unpacked image.</param>
/// <param name="LustreProblem">Why that kernel has no Lustre client; null if it has one or was not checked.</param>
/// <param name="Installed">Installed packages by requested name; null if only the package manager could tell.</param>
/// <param name="Witnesses">Whether each package's witness file exists, by package name.</param>
internal sealed record NodeSnapshot(
    OsRelease System,
    string? KernelRelease,
    LocalizedText? LustreProblem,
    IReadOnlyDictionary<string, InstalledPackage>? Installed,
    IReadOnlyDictionary<string, bool> Witnesses)
{
    /// <returns>Whether the package is installed; null if unknown.</returns>
    public bool? Has(string name) =>
        Installed is not null ? Installed.ContainsKey(name) : Witnesses.TryGetValue(name, out var there) ? there : null;
}
