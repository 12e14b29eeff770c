using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image.Operations;

/// <summary>Removes network mounts that are not known to be cluster storage.</summary>
internal static class NetworkOperations
{
    private static readonly string[] Scripts = ["/etc/rc.local", "/etc/rc.d/rc.local"];
    private static readonly string[] Programs = ["mount", "cosfs", "s3fs", "sshfs", "ceph-fuse", "glusterfs", "goosefs-fuse", "rclone"];

    private const string Does = "mount units and autofs map entries of network file systems, fstab lines of those other than NFS, Lustre"
        + " and GooseFS (SMB, CephFS, GlusterFS, BeeGFS, COS, SSH ...), and mounts that depend on them";

    public static Operation Mounts { get; } = new("network-mounts", false, Does, scanner =>
    {
        new BootMountCleaner(scanner).Collect(_ => FstabClassifier.Network, FstabClassifier.Unit);
        new AutofsOperations(scanner).Collect();
        Scripts.Select(scanner.Node.ResolveLinks).Distinct().ToList().ForEach(path => NoteScript(scanner, path));
    })
    {
        ChangesUnits = true,
        Advice = "if it belongs to the old cluster, add the operation network-mounts",
    };

    /// <summary>Notes a line that mounts; a script cannot be changed safely. The line may contain a password and is not shown.</summary>
    private static void NoteScript(ImageScanner scanner, string path)
    {
        var lines = scanner.Lines(path);
        for (var i = 0; i < lines.Count; i++)
        {
            var words = lines[i].Split([' ', '\t', ';', '&', '|', '(', ')', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries);
            if (Array.Find(words, word => word.StartsWith('#') || IsMountProgram(TreePath.Name(word))) is { } word && word[0] != '#')
            {
                scanner.Note(
                    $"{TreePath.Display(path)} line {i + 1} calls {TreePath.Display(TreePath.Name(word))} at boot: kept; "
                    + "remove the line by hand if it mounts the old cluster's storage");
            }
        }
    }

    private static bool IsMountProgram(string name) =>
        Array.IndexOf(Programs, name) >= 0 || name.StartsWith("mount.", StringComparison.Ordinal);
}
