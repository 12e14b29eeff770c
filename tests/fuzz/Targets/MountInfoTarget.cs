using System.Text;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Fuzz.Targets;

/// <summary>The kernel's table of mounts, and how it escapes what would end a field.</summary>
internal static class MountInfoTarget
{
    public static void Run(byte[] input)
    {
        var text = Encoding.Latin1.GetString(input);
        Contract.Holds(OctalEscape.Decode(OctalEscape.Encode(text)) == text, "what is escaped and unescaped is as it was");
        Contract.Holds(!OctalEscape.Encode(text).AsSpan().ContainsAny(" \t\n"), "what is escaped is one field");
        Contract.Holds(OctalEscape.ToBytes(OctalEscape.FromBytes(text)) == text, "bytes that are made text are the same bytes again");
        var table = MountTree.Parse(text);
        Contract.Holds(table.Entries.Count <= text.Count(c => c == '\n') + 1, "a line is one mount at most");
        foreach (var entry in table.Entries.Take(8))
        {
            _ = (entry.MayBlock, entry.IsReadOnly, entry.IsWhole);
            var at = table.At(entry.MountPoint);
            Contract.Holds(at is null || at.MountPoint == entry.MountPoint, "what is at a mount point is mounted there");
            var over = table.FindCovering(entry.MountPoint + "/a/b");
            Contract.Holds(
                over is null || over.MountPoint == "/"
                    || (entry.MountPoint + "/a/b").StartsWith(over.MountPoint + "/", StringComparison.Ordinal),
                    "what a path lies on is above it");
            Contract.Holds(
                table.VisibleBelow(entry.MountPoint).All(below => below.MountPoint.Length > entry.MountPoint.Length),
                "what is below a directory has a longer path");
            Contract.Holds(!table.Above(entry).Contains(entry), "no mount lies on itself");
        }
    }
}
