using System.Text;

namespace Thpc.NodeAgent.Host;

/// <summary>One line of mountinfo.</summary>
/// <param name="MountPoint">As this process sees it, symbolic links resolved by the kernel.</param>
/// <param name="Options">Those of the mount and those of its file system, joined.</param>
internal sealed record MountEntry(string MountPoint, string Type, string Source, string Options)
{
    /// <summary>Whether a look at it may have to wait for a server, or for a daemon.</summary>
    public bool IsNetwork => IsShared || Type is "ceph" or "cifs" or "9p" or "gpfs" || Type.StartsWith("fuse", StringComparison.Ordinal);

    /// <summary>Whether it is of a kind that a cluster's storage has.</summary>
    public bool IsShared => Type is "nfs" or "nfs4" or "lustre" || Type.StartsWith("fuse.goosefs", StringComparison.Ordinal) || MountPoint.Contains("/goosefsx/", StringComparison.Ordinal);

    public bool IsReadOnly => Options.Split(',').Contains("ro");
}

/// <summary>
/// What is mounted, read from /proc/self/mountinfo (proc(5)): that never asks a server, so it never hangs.
/// </summary>
internal sealed class MountTable(IReadOnlyList<MountEntry> entries)
{
    public IReadOnlyList<MountEntry> Entries { get; } = entries;

    public static MountTable Read() => Parse(File.ReadAllText("/proc/self/mountinfo", Encoding.Latin1));

    /// <param name="text">A byte a character.</param>
    public static MountTable Parse(string text)
    {
        List<MountEntry> entries = [];
        foreach (var line in text.Split('\n'))
        {
            // 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
            var fields = line.Split(' ');
            var dash = Array.IndexOf(fields, "-", Math.Min(6, fields.Length));
            if (fields.Length > 6 && dash > 0 && dash + 2 < fields.Length)
            {
                var options = dash + 3 < fields.Length ? $"{fields[5]},{fields[dash + 3]}" : fields[5];
                entries.Add(new MountEntry(Field(fields[4]), Field(fields[dash + 1]), Field(fields[dash + 2]), options));
            }
        }

        return new MountTable(entries);
    }

    /// <summary>
    /// What somebody who opens this directory gets to see: of several mounts on it the last; null if it is no mount point, or one
    /// that a later mount above it hides.
    /// </summary>
    public MountEntry? At(string mountPoint)
    {
        for (var i = Entries.Count - 1; i >= 0; i--)
        {
            if (Entries[i].MountPoint == mountPoint)
            {
                return Entries[i];
            }

            // But for the root: it may have been put there after what is below it (switch_root).
            if (Entries[i].MountPoint != "/" && mountPoint.StartsWith(Entries[i].MountPoint + "/", StringComparison.Ordinal))
            {
                return null;
            }
        }

        return null;
    }

    /// <summary>What a path lies on; null where the table is not that of whoever has the path.</summary>
    public MountEntry? Over(string path)
    {
        if (!path.StartsWith('/'))
        {
            return null;
        }

        for (var directory = path; directory.Length > 0; directory = directory[..directory.LastIndexOf('/')])
        {
            if (At(directory) is { } entry)
            {
                return entry;
            }
        }

        return At("/");
    }

    /// <summary>What is mounted below this directory, however deep.</summary>
    public IEnumerable<MountEntry> Below(string directory) => Entries.Where(entry => entry.MountPoint.StartsWith(directory + "/", StringComparison.Ordinal));

    private static string Field(string raw) => OctalEscape.FromBytes(OctalEscape.Decode(raw));
}
