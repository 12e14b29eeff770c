using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image.Operations;

/// <summary>What mounts from a network and is not known to be the cluster's.</summary>
internal static class NetworkOperations
{
    private static readonly string[] Scripts = ["/etc/rc.local", "/etc/rc.d/rc.local"];
    private static readonly string[] Programs = ["mount", "cosfs", "s3fs", "sshfs", "ceph-fuse", "glusterfs", "goosefs-fuse", "rclone"];

    public static Operation Mounts { get; } = new("network-mounts", false, "mount units and autofs map entries of network file systems, and the lines of fstab for others than NFS, Lustre and GooseFS (SMB, CephFS, GlusterFS, BeeGFS, COS, SSH ...), with what stands on them", find =>
    {
        new BootMountCleaner(find).Collect(_ => FstabClassifier.Network, FstabClassifier.Unit);
        new AutofsOperations(find).Collect();
        Scripts.Select(find.Node.Lead).Distinct().ToList().ForEach(path => NoteScript(find, path));
    })
    {
        ChangesUnits = true,
        IfLeft = "if it is the old cluster's, add the operation network-mounts",
    };

    /// <summary>What a script does nobody can take out of it line by line. The line may have a password, and is not shown.</summary>
    private static void NoteScript(ImageScanner find, string path)
    {
        var lines = find.Lines(path);
        for (var i = 0; i < lines.Count; i++)
        {
            var words = lines[i].Split([' ', '\t', ';', '&', '|', '(', ')', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries);
            if (Array.Find(words, word => word.StartsWith('#') || IsMountProgram(TreePath.Name(word))) is { } word && word[0] != '#')
            {
                find.Note($"{TreePath.Display(path)} line {i + 1} calls {TreePath.Display(TreePath.Name(word))} at boot: left; take it out by hand where it mounts the old cluster's storage");
            }
        }
    }

    private static bool IsMountProgram(string name) => Array.IndexOf(Programs, name) >= 0 || name.StartsWith("mount.", StringComparison.Ordinal);
}
