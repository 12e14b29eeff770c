using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Stages.Mount.Fstab;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>Finds fstab lines that cannot be mounted without another machine's storage, such as bind mounts of its directories.</summary>
internal static class ForeignDependents
{
    /// <param name="isForeign">Selects the lines to remove.</param>
    /// <param name="unitMounts">Mount points of the units to remove.</param>
    /// <param name="isWanted">Whether this run mounts other storage at a path.</param>
    /// <param name="resolve">Follows the links of a path.</param>
    /// <returns>For each line, the removed mount point that it needs; null for lines that stay and for foreign lines.</returns>
    public static IReadOnlyList<string?> Find(
        FstabDocument fstab,
        Predicate<FstabLine> isForeign,
        IReadOnlyList<string> unitMounts,
        Predicate<string> isWanted,
        Func<string, string> resolve)
    {
        var lines = new BootMountEntry?[fstab.Lines.Count + unitMounts.Count];
        var isRemoved = new bool[lines.Length];
        for (var i = 0; i < fstab.Lines.Count; i++)
        {
            // FstabDocument is stricter: a line that mount(8) ignores depends on nothing.
            var line = fstab.Lines[i];
            lines[i] = line.Entry is null ? null : BootMountEntry.Parse(line.Raw);
            isRemoved[i] = isForeign(line) && !isWanted(line.Entry!.MountPoint);
        }

        for (var i = 0; i < unitMounts.Count; i++)
        {
            lines[fstab.Lines.Count + i] = new BootMountEntry("goosefs", TreePath.FromText(unitMounts[i]), "fuse.goosefs-fuse", "");
            isRemoved[fstab.Lines.Count + i] = true;
        }

        var needed =
            MountDependencies.Find(lines, isRemoved, path => TreePath.FromText(resolve(OctalEscape.FromBytes(path)))).RemovedDependency;
        return
        [
            .. fstab.Lines.Select(line =>
                line.Entry is { Cluster: null } && needed[line.Number - 1] is { } path ? OctalEscape.FromBytes(path) : null),
        ];
    }
}
