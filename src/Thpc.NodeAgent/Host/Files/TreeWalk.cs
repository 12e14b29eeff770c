using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>The way through a tree, from the leaves to the top.</summary>
internal static class TreeWalk
{
    /// <summary>Everything below a directory that may go, as it is found, each directory after what is in it; one that keeps something is kept.</summary>
    /// <param name="spared">What stays; what is in a directory that stays is asked for too, but for mount points, which stay anyhow.</param>
    public static IEnumerable<TreeEntry> Below(this RootedFileTree tree, string directory, Predicate<TreeEntry> spared)
    {
        // No recursion and no handle a level: whoever can write here can make it as deep as he likes.
        HashSet<string> kept = [];
        var left = new Stack<(TreeEntry Entry, bool Seen)>();
        Push(directory);
        while (left.TryPop(out var next))
        {
            var (entry, seen) = next;
            if (!seen && spared(entry) | entry.IsMount)
            {
                kept.Add(entry.Path);
            }

            if (!seen && entry.Status is { Kind: FileKind.Directory })
            {
                left.Push((entry, true));
                Push(entry.Path);
            }
            else if (kept.Contains(entry.Path))
            {
                kept.Add(TreePath.Parent(entry.Path));
            }
            else
            {
                yield return entry;
            }
        }

        void Push(string path)
        {
            var children = tree.List(path);
            for (var last = children.Count - 1; last >= 0; last--)
            {
                left.Push((children[last], false));
            }
        }
    }
}
