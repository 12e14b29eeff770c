using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image.Operations;

/// <summary>Removes storage that is mounted at boot.</summary>
internal static class StorageOperations
{
    private const string SharedDoes = "fstab lines of NFS, Lustre and GooseFS, every fstab line that the agent wrote, mounts that depend on"
        + " them, its GooseFS units, and the masters in the configuration of GooseFS's client";

    private const string DataDisksDoes = "fstab lines of local disks other than the system's, and mounts that depend on them";

    public static Operation Shared { get; } = new("fstab", true, SharedDoes, scanner =>
    {
        NoteCloudInitMounts(scanner);
        var mounts = new BootMountCleaner(scanner);
        mounts.Collect(_ => FstabClassifier.Shared);
        mounts.Links.Where(IsUnit).ToList().ForEach(link => scanner.Remove(link, "starts GooseFS of the cluster at boot"));
        mounts.Units.Where(IsUnit).ToList().ForEach(unit => scanner.Remove(unit, "mounts GooseFS of the cluster"));
        GooseFsHomes(scanner).ForEach(home => scanner.RemoveLines(
            home + GooseFsClient.PropertiesFile, line => GooseFsProperties.NamesMasters(line) ? "GooseFS's masters" : null));
    })
    {
        ChangesUnits = true,
    };

    public static Operation DataDisks { get; } = new("data-disks", false, DataDisksDoes, scanner =>
        new BootMountCleaner(scanner).Collect(lines =>
        {
            var owners = new DiskOwners(lines, scanner.Node.DisksOf, scanner.Node.RootDisks);
            return line => FstabClassifier.DataDisk(line, owners);
        }))
    {
        ChangesUnits = true,
        Advice = "if nodes made from this image do not have that disk, add the operation data-disks",
    };

    /// <summary>Notes network mounts of cloud-init, which rewrites its lines on each new machine from user data.</summary>
    private static void NoteCloudInitMounts(ImageScanner scanner)
    {
        var lines = scanner.Lines(NodePaths.Fstab);
        for (var i = 0; i < lines.Count; i++)
        {
            if (BootMountEntry.Parse(lines[i]) is { } line && FstabClassifier.CloudInitMount(line) is { } mounted)
            {
                scanner.Note(
                    $"{NodePaths.Fstab} line {i + 1}: {mounted} was written by cloud-init (comment=cloudconfig): kept; "
                    + "if it belongs to the old cluster, remove it from the user data");
            }
        }
    }

    /// <summary>Possible directories of the GooseFS client. A client on a mount is not part of this image.</summary>
    private static List<string> GooseFsHomes(ImageScanner scanner)
    {
        var above = GooseFsClient.Places.ToLookup(place => TreePath.Parent(place), place => TreePath.Name(place));
        List<string> homes = [];
        foreach (var places in above)
        {
            var directories = scanner.List(places.Key).Where(entry => entry.Status is { Kind: FileKind.Directory });
            homes.AddRange(directories.Select(entry => entry.Path).Where(path => places.Any(place => Matches(TreePath.Name(path), place))));
        }

        if (scanner.Configuration() is var (_, text) && ClusterTraces.GooseFsHome(text) is { } home && LocalPath.ValidateForm(home) is null)
        {
            homes.Add(TreePath.FromText(home));
        }

        return [.. homes.Distinct()];
    }

    /// <param name="place">A name, or a prefix followed by *.</param>
    private static bool Matches(string name, string place) =>
        place.EndsWith('*') ? name.StartsWith(place[..^1], StringComparison.Ordinal) : name == place;

    /// <summary>Whether it is a unit of GooseFS, or the next version of one, left by a killed run.</summary>
    private static bool IsUnit(TreeEntry entry) =>
        entry.Status is { Kind: FileKind.Regular or FileKind.Link } && TreePath.Name(entry.Path) is var name
        && name.StartsWith("thpc-goosefs-", StringComparison.Ordinal)
        && (name.EndsWith(".service", StringComparison.Ordinal) || name.EndsWith(".tmp", StringComparison.Ordinal));
}
