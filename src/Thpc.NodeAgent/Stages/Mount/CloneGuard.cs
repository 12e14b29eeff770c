using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Units;
using Thpc.NodeAgent.Stages.Mount.Fstab;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>
/// An image that was not cleaned brings the storage of the cluster, or of the machine, that it was made from. What the agent itself
/// wrote there it takes out again; another's line only where that stands on one of these.
/// </summary>
internal static class CloneGuard
{
    /// <summary>
    /// Keeps them aside, then takes them out of fstab and of systemd's units, and with them the lines that cannot be mounted without, for
    /// those would hold the boot up. Told to systemd by the writer's reload.
    /// </summary>
    /// <param name="isWanted">Whether this run mounts something else there; what stands on that stays.</param>
    /// <returns>What was done, for a report.</returns>
    /// <exception cref="AgentException">FSTAB_WRITE and others; what could not be kept is not taken out.</exception>
    public static async Task<string> TakeOutAsync(
        IReadOnlyList<PersistedMount> foreign, NodeRoot root, FstabWriter writer, Predicate<string> isWanted, CancellationToken cancel)
    {
        var mounts = MountTree.Read();
        var lines = foreign.Where(item => item.Line is not null).Select(item => item.Text).ToHashSet(StringComparer.Ordinal);
        List<string> places = [.. foreign.Where(item => item.Unit is not null && !isWanted(item.LocalPath)).Select(item => item.LocalPath)];
        bool IsForeign(FstabLine line) => line.Entry?.Cluster is not null && lines.Contains(line.Raw);
        IReadOnlyList<string?> StandOn(FstabDocument fstab) => ForeignDependents.Find(fstab, IsForeign, places, isWanted, path => BootMount.Lead(root, path, mounts));

        var before = FstabWriter.Read(root);
        var standOn = StandOn(before);
        List<FstabLine> dependents = [.. before.Lines.Where(line => standOn[line.Number - 1] is not null)];
        StateFiles.KeepRemoved(root, string.Concat([.. foreign.Select(Kept), .. dependents.Select(Kept)]));
        if (lines.Count > 0 || dependents.Count > 0)
        {
            await writer.ChangeAsync(
                fstab =>
                {
                    var standing = StandOn(fstab);
                    return fstab.Without(line => IsForeign(line) || standing[line.Number - 1] is not null);
                },
                cancel);
        }

        foreach (var unit in foreign.Select(item => item.Unit).OfType<string>())
        {
            new UnitFiles(root).Delete(unit);
            writer.MarkChanged();
        }

        var also = string.Join(", ", dependents.Select(line => $"{line.Entry!.Source} on {line.Entry.MountPoint} (line {line.Number}, stands on {standOn[line.Number - 1]})"));
        return $"{Describe(foreign)}: taken out{(also.Length > 0 ? $", with lines of fstab that stand on it, {also}" : "")}, and kept in /var/lib/thpc-node-agent/removed-storage";
    }

    public static string Describe(IReadOnlyList<PersistedMount> foreign)
    {
        var clusters = string.Join(", ", foreign.Select(item => item.Cluster).Distinct().Order(StringComparer.Ordinal));
        return $"storage that another machine was to mount, of cluster {clusters}: {string.Join(", ", foreign.Select(item => $"{item.LocalPath} ({item.Source})"))}";
    }

    private static string Kept(FstabLine line) => $"# /etc/fstab line {line.Number}\n{line.Raw.TrimEnd('\n')}\n";

    private static string Kept(PersistedMount item) =>
        $"# {(item.Unit is { } unit ? $"/etc/systemd/system/{unit}" : $"{NodePaths.Fstab} line {item.Line!.Number}")}\n{item.Text.TrimEnd('\n')}\n";
}
