using Thpc.NodeAgent.Config;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Mounts;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>What mounts at boot.</summary>
internal static class StorageOperations
{
    private const string Fstab = "/etc/fstab";
    private const string Units = "/etc/systemd/system";

    public static Operation Shared { get; } = new("fstab", true, "the lines of fstab for NFS, Lustre and GooseFS, every line that the agent wrote, its GooseFS units, and the masters that GooseFS's client asks", find =>
    {
        find.RemoveLines(Fstab, FstabLines.Shared);
        IReadOnlyList<TreeEntry> entries = find.List(Units);

        // The links first: a link to nothing is harmless, a unit that still starts is not.
        foreach (var folder in entries.Where(entry => entry.Status is { Kind: FileKind.Directory } && (entry.Path.EndsWith(".wants", StringComparison.Ordinal) || entry.Path.EndsWith(".requires", StringComparison.Ordinal))))
        {
            find.List(folder.Path).Where(IsUnit).ToList().ForEach(link => find.Remove(link, "starts GooseFS of the cluster at boot"));
        }

        entries.Where(IsUnit).ToList().ForEach(unit => find.Remove(unit, "mounts GooseFS of the cluster"));
        NoteMountUnits(find, entries);
        GooseFsHomes(find).ForEach(home => find.RemoveLines(home + GooseFsClient.PropertiesFile, line => GooseFsProperties.NamesMasters(line) ? "GooseFS's masters" : null));
    })
    {
        ChangesUnits = true,
    };

    public static Operation DataDisks { get; } = new("data-disks", false, "the lines of fstab for local disks other than those of the system: a node without that disk does not boot", find => find.RemoveLines(Fstab, FstabLines.DataDisk))
    {
        ChangesUnits = true,
    };

    /// <summary>A mount unit does what a line of fstab does. Nobody but its author knows what else stands on it, so it is named and left.</summary>
    private static void NoteMountUnits(Finder find, IReadOnlyList<TreeEntry> entries)
    {
        foreach (var entry in entries.Where(entry => entry.Status is { Kind: FileKind.Regular } && entry.Path.EndsWith(".mount", StringComparison.Ordinal)))
        {
            if (find.Read(entry.Path) is { } text && MountUnits.Parse(TreePath.Name(entry.Path), text) is { } unit
                && FstabLines.IsShared(unit.What, unit.Where, unit.Type))
            {
                var words = $"{TreePath.Show(unit.Type)} {TreePath.Show(unit.What)} on {TreePath.Show(unit.Where)}";
                find.Note($"{TreePath.Show(entry.Path)} mounts {words}: left; remove it by hand where it is the old cluster's");
            }
        }
    }

    /// <summary>Where a client may be; one that lies on a mount is not this image's.</summary>
    private static List<string> GooseFsHomes(Finder find)
    {
        var above = GooseFsClient.Places.ToLookup(place => TreePath.Parent(place), place => TreePath.Name(place));
        var found = above.SelectMany(places => find.List(places.Key).Where(entry => entry.Status is { Kind: FileKind.Directory } && places.Any(place => Fits(TreePath.Name(entry.Path), place)))).Select(entry => entry.Path);
        return [.. found.Concat(find.Configuration() is var (_, text) && ClusterTraces.GooseFsHome(text) is { } home && LocalPath.FormObjection(home) is null ? [TreePath.FromText(home)] : []).Distinct()];
    }

    /// <param name="place">A name, or the beginning of one and a *.</param>
    private static bool Fits(string name, string place) =>
        place.EndsWith('*') ? name.StartsWith(place[..^1], StringComparison.Ordinal) : name == place;

    private static bool IsUnit(TreeEntry entry) =>
        entry.Status is { Kind: FileKind.Regular or FileKind.Link } && TreePath.Name(entry.Path) is var name
        && name.StartsWith("thpc-goosefs-", StringComparison.Ordinal) && name.EndsWith(".service", StringComparison.Ordinal);
}
