namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>What is seen of a node without its package manager, to be compared with what its image was.</summary>
/// <param name="KernelRelease">The running kernel's, or null where none runs, as in an unpacked image.</param>
/// <param name="LustreProblem">Why that kernel has no Lustre client; null where it has one, and where nobody asked.</param>
/// <param name="Installed">Packages by all names that were asked for; null where only the manager itself could say.</param>
/// <param name="Witnesses">Whether the files by which the manifest's packages are known are there, by package.</param>
internal sealed record NodeSnapshot(
    OsRelease System,
    string? KernelRelease,
    string? LustreProblem,
    IReadOnlyDictionary<string, InstalledPackage>? Installed,
    IReadOnlyDictionary<string, bool> Witnesses)
{
    /// <returns>Null where it cannot be known.</returns>
    public bool? Has(string name) => Installed is not null ? Installed.ContainsKey(name) : Witnesses.TryGetValue(name, out var there) ? there : null;
}
