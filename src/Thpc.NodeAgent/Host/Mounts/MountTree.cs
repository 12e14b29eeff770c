using System.Globalization;
using System.Text;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host.Mounts;

/// <summary>
/// The mount table, read from /proc/self/mountinfo (proc(5)), which never accesses a server and so never blocks. Which mount hides which
/// follows from the parent ids, as in the kernel's path look-up, not from the order of the lines (`mount --move`).
/// </summary>
internal sealed class MountTree
{
    // The parent of mounts whose parent is not in the table: the root, and the mounts in a chroot.
    private const int Outside = int.MinValue;

    private readonly Dictionary<(int Parent, string MountPoint), MountEntry> _children = [];

    private MountTree(IReadOnlyList<MountEntry> entries)
    {
        var ids = entries.Select(entry => entry.Id).ToHashSet();
        foreach (var entry in entries)
        {
            _children[(entry.Parent != entry.Id && ids.Contains(entry.Parent) ? entry.Parent : Outside, entry.MountPoint)] = entry;
        }

        Entries = entries;
    }

    public IReadOnlyList<MountEntry> Entries { get; }

    public static MountTree Read() => Parse(File.ReadAllText("/proc/self/mountinfo", Encoding.Latin1));

    /// <param name="text">Latin-1 (one character per byte).</param>
    public static MountTree Parse(string text)
    {
        var tree = new MountTree([.. text.Split('\n').Select(ParseLine).OfType<MountEntry>()]);
        return tree.Entries.Any(tree.LiesOnBlocking)
            ? new MountTree([.. tree.Entries.Select(entry => tree.LiesOnBlocking(entry) ? entry with { LiesOnBlocking = true } : entry)])
            : tree;
    }

    /// <returns>The mount that a process sees at this directory; null if it is not a mount point, or is hidden by a mount above.</returns>
    public MountEntry? At(string directory) => Layers(directory) is [.., var top] ? top : null;

    /// <summary>The stacked mounts on this directory, the lowest first. Only the last one is visible.</summary>
    public IReadOnlyList<MountEntry> Layers(string directory) => Walk(directory).Layers;

    /// <summary>The mount that a path lies on; null if the path is not absolute or the table does not contain the root.</summary>
    public MountEntry? FindCovering(string path) => path.StartsWith('/') ? Walk(path).Last : null;

    /// <summary>The visible mounts below this directory; a mount on it would hide them.</summary>
    public IEnumerable<MountEntry> VisibleBelow(string directory) =>
        Entries.Where(entry => IsBelow(entry.MountPoint, directory) && ReferenceEquals(At(entry.MountPoint), entry));

    /// <summary>The mounts on this mount, directly or indirectly. The kernel does not unmount a mount that has any.</summary>
    public IReadOnlyList<MountEntry> Above(MountEntry entry)
    {
        List<MountEntry> all = [entry];
        for (var i = 0; i < all.Count; i++)
        {
            all.AddRange(Entries.Where(other => other.Parent == all[i].Id && other.Id != other.Parent && !all.Contains(other)));
        }

        return all[1..];
    }

    private static MountEntry? ParseLine(string line)
    {
        // 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
        var fields = line.Split(' ');
        var dash = Array.IndexOf(fields, "-", Math.Min(6, fields.Length));
        if (fields.Length <= 6 || dash < 0 || dash + 2 >= fields.Length
            || !int.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            || !int.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var parent))
        {
            return null;
        }

        var options = dash + 3 < fields.Length ? $"{fields[5]},{fields[dash + 3]}" : fields[5];
        var (type, source) = (Field(fields[dash + 1]), Field(fields[dash + 2]));
        return new MountEntry(id, parent, fields[2], Field(fields[3]), Field(fields[4]), type, source, options);
    }

    private static string Field(string raw) => OctalEscape.FromBytes(OctalEscape.Decode(raw));

    private static bool IsBelow(string path, string directory) =>
        directory == "/" ? path.Length > 1 : path.StartsWith(directory + "/", StringComparison.Ordinal);

    private static bool IsLayer(string option) =>
        Array.Exists(["lowerdir", "upperdir=", "datadir"], name => option.StartsWith(name, StringComparison.Ordinal));

    /// <summary>Walks a path from the root and enters the mounts on each directory.</summary>
    private (IReadOnlyList<MountEntry> Layers, MountEntry? Last) Walk(string path)
    {
        MountEntry? last = null;
        var parent = Outside;
        List<MountEntry> layers = [];
        var directory = "/";
        for (var end = 0; ;)
        {
            layers.Clear();
            while (layers.Count < Entries.Count && _children.TryGetValue((parent, directory), out var next))
            {
                layers.Add(next);
                last = next;
                parent = next.Id;
            }

            if (end >= path.Length - 1)
            {
                return (layers, last);
            }

            end = path.IndexOf('/', end + 1) is > 0 and var slash ? slash : path.Length;
            directory = path[..end];
        }
    }

    private bool LiesOnBlocking(MountEntry entry) =>
        entry is { Type: "overlay", LiesOnBlocking: false }
        && entry.Options.Split(',').Where(IsLayer)
            .SelectMany(option => option[(option.IndexOf('=', StringComparison.Ordinal) + 1)..].Split(':'))
            .Any(layer => layer.StartsWith('/') && FindCovering(layer) is { MayBlock: true });
}
