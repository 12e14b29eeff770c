using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Units;
using Thpc.NodeAgent.Stages.Mount.Fstab;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>
/// Removes storage entries that an uncleaned image brings from its original cluster or machine. Removes only entries that the agent
/// wrote, and other fstab lines that cannot be mounted without them.
/// </summary>
internal static class CloneGuard
{
    /// <summary>
    /// Copies the entries to removed-storage, then removes them from fstab and systemd's units, together with the lines that depend on
    /// them and would delay the boot. systemd learns of it when the writer reloads it.
    /// </summary>
    /// <param name="isWanted">Whether this run mounts other storage at a path; lines that depend on that path stay.</param>
    /// <returns>What was removed, for the report.</returns>
    /// <exception cref="AgentException">FSTAB_WRITE and others; without the copy nothing is removed.</exception>
    public static async Task<string> RemoveAsync(
        IReadOnlyList<PersistedMount> foreign, NodeRoot root, FstabWriter writer, Predicate<string> isWanted, CancellationToken cancel)
    {
        var mounts = MountTree.Read();
        var lines = foreign.Where(item => item.Line is not null).Select(item => item.Text).ToHashSet(StringComparer.Ordinal);
        var units = foreign.Where(item => item.Unit is not null);
        List<string> unitMounts = [.. units.Select(item => item.LocalPath).Where(path => !isWanted(path))];
        bool IsForeign(FstabLine line) => line.Entry?.Cluster is not null && lines.Contains(line.Raw);
        IReadOnlyList<string?> FindNeeded(FstabDocument fstab) =>
            ForeignDependents.Find(fstab, IsForeign, unitMounts, isWanted, path => BootMount.ResolveMountPoint(root, path, mounts));

        var before = FstabWriter.Read(root);
        var needed = FindNeeded(before);
        List<FstabLine> dependents = [.. before.Lines.Where(line => needed[line.Number - 1] is not null)];
        StateFiles.KeepRemoved(root, string.Concat([.. foreign.Select(Kept), .. dependents.Select(Kept)]));
        if (lines.Count > 0 || dependents.Count > 0)
        {
            await writer.ChangeAsync(
                fstab =>
                {
                    var neededNow = FindNeeded(fstab);
                    return fstab.Without(line => IsForeign(line) || neededNow[line.Number - 1] is not null);
                },
                cancel);
            if (dependents.Count > 0)
            {
                writer.MarkChanged();
            }
        }

        foreach (var unit in foreign.Select(item => item.Unit).OfType<string>())
        {
            new UnitFiles(root).Delete(unit);
            writer.MarkChanged();
        }

        var also = string.Join(", ", dependents.Select(line =>
            $"{line.Entry!.Source} on {line.Entry.MountPoint} (line {line.Number}, needs {needed[line.Number - 1]})"));
        return $"{Describe(foreign)}: removed{(also.Length > 0 ? $" together with fstab lines that depend on them, {also}" : "")}; "
            + $"a copy is in {NodePaths.RemovedStorage}";
    }

    public static string Describe(IReadOnlyList<PersistedMount> foreign)
    {
        var clusters = string.Join(", ", foreign.Select(item => item.Cluster).Distinct().Order(StringComparer.Ordinal));
        return $"storage entries written for another machine, cluster {clusters}: "
            + string.Join(", ", foreign.Select(item => $"{item.LocalPath} ({item.Source})"));
    }

    private static string Kept(FstabLine line) => $"# {NodePaths.Fstab} line {line.Number}\n{line.Raw.TrimEnd('\n')}\n";

    private static string Kept(PersistedMount item) =>
        $"# {(item.Unit is { } unit ? $"/etc/systemd/system/{unit}" : $"{NodePaths.Fstab} line {item.Line!.Number}")}\n"
            + $"{item.Text.TrimEnd('\n')}\n";
}
