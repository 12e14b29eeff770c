using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>What mounts at boot.</summary>
internal static class StorageOperations
{
    private const string Fstab = "/etc/fstab";
    private const string Units = "/etc/systemd/system";

    public static Operation Shared { get; } = new("fstab", true, "the lines of fstab for NFS, Lustre and GooseFS, every line that the agent wrote, and its GooseFS units", find =>
    {
        find.RemoveLines(Fstab, FstabLines.Shared);
        IReadOnlyList<TreeEntry> entries = find.List(Units);

        // The links first: a link to nothing is harmless, a unit that still starts is not.
        foreach (var folder in entries.Where(entry => entry.Status is { Kind: FileKind.Directory } && (entry.Path.EndsWith(".wants", StringComparison.Ordinal) || entry.Path.EndsWith(".requires", StringComparison.Ordinal))))
        {
            find.List(folder.Path).Where(IsUnit).ToList().ForEach(link => find.Remove(link, "starts GooseFS of the cluster at boot"));
        }

        entries.Where(IsUnit).ToList().ForEach(unit => find.Remove(unit, "mounts GooseFS of the cluster"));
    })
    {
        ChangesUnits = true,
    };

    public static Operation DataDisks { get; } = new("data-disks", false, "the lines of fstab for local disks other than those of the system: a node without that disk does not boot", find => find.RemoveLines(Fstab, FstabLines.DataDisk))
    {
        ChangesUnits = true,
    };

    private static bool IsUnit(TreeEntry entry) =>
        entry.Status is { Kind: FileKind.Regular or FileKind.Link } && TreePath.Name(entry.Path) is var name
        && name.StartsWith("thpc-goosefs-", StringComparison.Ordinal) && name.EndsWith(".service", StringComparison.Ordinal);
}
