using System.Globalization;
using System.Text;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host.Mounts;

/// <summary>
/// What is mounted, read from /proc/self/mountinfo (proc(5)): that never asks a server, so it never hangs. What hides what is told by the
/// mounts' parents, as the kernel walks a path; the order of the lines does not tell it (`mount --move`).
/// </summary>
internal sealed class MountTree
{
    // Of mounts whose parent is not in the table: the root, and in a chroot what is mounted in it.
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

    /// <param name="text">A byte a character.</param>
    public static MountTree Parse(string text)
    {
        var tree = new MountTree([.. text.Split('\n').Select(ParseLine).OfType<MountEntry>()]);
        return tree.Entries.Any(tree.LiesOnBlocking)
            ? new MountTree([.. tree.Entries.Select(entry => tree.LiesOnBlocking(entry) ? entry with { LiesOnBlocking = true } : entry)])
            : tree;
    }

    /// <summary>What a process that opens this directory sees; null if it is no mount point, or one that a mount above it hides.</summary>
    public MountEntry? At(string directory) => Layers(directory) is [.., var top] ? top : null;

    /// <summary>The mounts on this directory, one upon the other, the lowest first; the last is the one that is seen.</summary>
    public IReadOnlyList<MountEntry> Layers(string directory) => Walk(directory).Layers;

    /// <summary>The mount that a path lies on; null where the table is not that of the process that has the path.</summary>
    public MountEntry? Over(string path) => path.StartsWith('/') ? Walk(path).Last : null;

    /// <summary>The mounts that can be reached below this directory, and that a mount on it would hide.</summary>
    public IEnumerable<MountEntry> VisibleBelow(string directory) =>
        Entries.Where(entry => IsBelow(entry.MountPoint, directory) && ReferenceEquals(At(entry.MountPoint), entry));

    /// <summary>The mounts that lie on this one, and on those: the kernel unmounts none that has any.</summary>
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

    /// <summary>Follows a path from the root, entering at each directory what is mounted on it.</summary>
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
            .Any(layer => layer.StartsWith('/') && Over(layer) is { MayBlock: true });
}
