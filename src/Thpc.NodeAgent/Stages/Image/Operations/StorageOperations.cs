using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image.Operations;

/// <summary>What mounts at boot.</summary>
internal static class StorageOperations
{
    public static Operation Shared { get; } = new("fstab", true, "the lines of fstab for NFS, Lustre and GooseFS, every line that the agent wrote, what stands on these, its GooseFS units, and the masters that GooseFS's client asks", find =>
    {
        NoteCloudInits(find);
        var mounts = new BootMountCleaner(find);
        mounts.Collect(_ => FstabClassifier.Shared);
        mounts.Links.Where(IsUnit).ToList().ForEach(link => find.Remove(link, "starts GooseFS of the cluster at boot"));
        mounts.Units.Where(IsUnit).ToList().ForEach(unit => find.Remove(unit, "mounts GooseFS of the cluster"));
        GooseFsHomes(find).ForEach(home => find.RemoveLines(home + GooseFsClient.PropertiesFile, line => GooseFsProperties.NamesMasters(line) ? "GooseFS's masters" : null));
    })
    {
        ChangesUnits = true,
    };

    public static Operation DataDisks { get; } = new("data-disks", false, "the lines of fstab for local disks other than the system's, and what stands on them", find =>
        new BootMountCleaner(find).Collect(lines =>
        {
            var owners = new DiskOwners(lines, find.Node.DisksOf, find.Node.RootDisks);
            return line => FstabClassifier.DataDisk(line, owners);
        }))
    {
        ChangesUnits = true,
        IfLeft = "if nodes made from this image do not have that disk, add the operation data-disks",
    };

    /// <summary>cloud-init replaces its lines on every new machine by what user data says there.</summary>
    private static void NoteCloudInits(ImageScanner find)
    {
        var lines = find.Lines(NodePaths.Fstab);
        for (var i = 0; i < lines.Count; i++)
        {
            if (BootMountEntry.Parse(lines[i]) is { } line && FstabClassifier.CloudInits(line) is { } mounted)
            {
                find.Note($"{NodePaths.Fstab} line {i + 1}: {mounted} is cloud-init's (comment=cloudconfig): left; where it is the old cluster's, take it out of the user data");
            }
        }
    }

    /// <summary>Where a client may be; one that lies on a mount is not this image's.</summary>
    private static List<string> GooseFsHomes(ImageScanner find)
    {
        var above = GooseFsClient.Places.ToLookup(place => TreePath.Parent(place), place => TreePath.Name(place));
        var found = above.SelectMany(places => find.List(places.Key).Where(entry => entry.Status is { Kind: FileKind.Directory } && places.Any(place => Fits(TreePath.Name(entry.Path), place)))).Select(entry => entry.Path);
        return [.. found.Concat(find.Configuration() is var (_, text) && ClusterTraces.GooseFsHome(text) is { } home && LocalPath.ValidateForm(home) is null ? [TreePath.FromText(home)] : []).Distinct()];
    }

    /// <param name="place">A name, or the beginning of one and a *.</param>
    private static bool Fits(string name, string place) =>
        place.EndsWith('*') ? name.StartsWith(place[..^1], StringComparison.Ordinal) : name == place;

    private static bool IsUnit(TreeEntry entry) =>
        entry.Status is { Kind: FileKind.Regular or FileKind.Link } && TreePath.Name(entry.Path) is var name
        && name.StartsWith("thpc-goosefs-", StringComparison.Ordinal) && name.EndsWith(".service", StringComparison.Ordinal);
}
