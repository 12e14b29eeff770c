using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>Walks a tree from the leaves to the top.</summary>
internal static class TreeWalk
{
    /// <summary>
    /// The entries below a directory that may be removed, each directory after its content. A directory that contains a spared entry is
    /// spared too.
    /// </summary>
    /// <param name="spared">Whether an entry stays. The content of a spared directory is tested too. Mount points always stay.</param>
    public static IEnumerable<TreeEntry> Below(this RootedFileTree tree, string directory, Predicate<TreeEntry> spared)
    {
        // No recursion and no open handle per level: users can make the tree arbitrarily deep.
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
