using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Stages.Mount.Fstab;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>The lines of fstab that cannot be mounted once another machine's storage is gone: binds of its directories and the like.</summary>
internal static class ForeignDependents
{
    /// <param name="isForeign">Which lines are taken out.</param>
    /// <param name="places">Where units mount that are taken out.</param>
    /// <param name="isWanted">Whether something else is mounted there instead.</param>
    /// <param name="lead">Where a path leads.</param>
    /// <returns>For each line the mount point that it stands on; null for all that stay, or are foreign themselves.</returns>
    public static IReadOnlyList<string?> Find(
        FstabDocument fstab, Predicate<FstabLine> isForeign, IReadOnlyList<string> places, Predicate<string> isWanted, Func<string, string> lead)
    {
        var lines = new BootMountEntry?[fstab.Lines.Count + places.Count];
        var goes = new bool[lines.Length];
        for (var i = 0; i < fstab.Lines.Count; i++)
        {
            // Fstab is stricter: what mount(8) would pass over stands on nothing.
            var line = fstab.Lines[i];
            lines[i] = line.Entry is null ? null : BootMountEntry.Parse(line.Raw);
            goes[i] = isForeign(line) && !isWanted(line.Entry!.MountPoint);
        }

        for (var i = 0; i < places.Count; i++)
        {
            lines[fstab.Lines.Count + i] = new BootMountEntry("goosefs", TreePath.FromText(places[i]), "fuse.goosefs-fuse", "");
            goes[fstab.Lines.Count + i] = true;
        }

        var standsOn = MountDependencies.Find(lines, goes, path => TreePath.FromText(lead(OctalEscape.FromBytes(path)))).StandsOn;
        return [.. fstab.Lines.Select(line => line.Entry is { Cluster: null } && standsOn[line.Number - 1] is { } place ? OctalEscape.FromBytes(place) : null)];
    }
}
