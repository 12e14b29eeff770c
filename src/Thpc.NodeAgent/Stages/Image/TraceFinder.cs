using System.Text;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>Looks for what the table of traces names.</summary>
internal static class TraceFinder
{
    /// <summary>Every trace of one operation.</summary>
    public static void FindTraces(this ImageScanner find, string operation)
    {
        foreach (var trace in Traces.All)
        {
            if (trace.Operation != operation || (trace.IsOffline && find.Node.Root.IsLive))
            {
                continue;
            }

            foreach (var pattern in trace.Patterns)
            {
                foreach (var entry in Match(find.Node, pattern, find.Unseen))
                {
                    Find(find, trace, entry, isNamed: !pattern.EndsWith('*'));
                }
            }
        }
    }

    /// <summary>What a pattern names, by name. What lies on a mount is not of the image and is not there.</summary>
    /// <param name="note">
    /// Takes what is said of symbolic links in /etc; none is followed then. Null: those of root are followed inside of the root, to read.
    /// </param>
    public static List<TreeEntry> Match(ImageNode node, string pattern, Action<string>? note)
    {
        List<string> directories = ["/"];
        var parts = pattern[1..].Split('/');
        for (var i = 0; i < parts.Length - 1; i++)
        {
            List<string> next = [];
            foreach (var directory in directories)
            {
                foreach (var entry in Named(node, directory, parts[i]))
                {
                    if (entry.Status is { Kind: FileKind.Directory })
                    {
                        next.Add(entry.Path);
                    }
                    else if (entry.Status is { Kind: FileKind.Link } && Follow(node, entry.Path, note) is { } real)
                    {
                        next.Add(real);
                    }
                }
            }

            directories = next;
        }

        List<TreeEntry> found = [];
        foreach (var directory in directories)
        {
            found.AddRange(Named(node, directory, parts[^1]));
        }

        return found;
    }

    /// <summary>A file whose text is changed, where that changes anything. Of a link, the file it leads to: /etc is root's alone.</summary>
    public static void ChangeText(this ImageScanner find, string path, string why, Func<string, string> change)
    {
        var real = TreePath.FromText(find.Node.Root.Resolve(OctalEscape.FromBytes(path), find.Node.Mounts));
        if (find.Regular(real) is not null && find.Read(real) is { } text && change(text) != text)
        {
            find.Add(new ImageChange(ImageChangeKind.Rewrite, real, why)
            {
                Edit = old => Encoding.Latin1.GetBytes(change(Encoding.Latin1.GetString(old))),
            });
        }
    }

    /// <param name="line">What becomes of a line, its line feed included; null: it goes.</param>
    public static string ChangeLines(string text, Func<string, string?> line)
    {
        var changed = new StringBuilder(text.Length);
        foreach (var old in ImageScanner.Split(text))
        {
            changed.Append(line(old));
        }

        return changed.ToString();
    }

    /// <param name="pattern">One name, in which `*` stands for any characters.</param>
    public static bool Fits(string name, string pattern)
    {
        var parts = pattern.Split('*');
        if (parts.Length == 1)
        {
            return name == pattern;
        }

        if (!name.StartsWith(parts[0], StringComparison.Ordinal))
        {
            return false;
        }

        var at = parts[0].Length;
        for (var i = 1; i < parts.Length - 1; i++)
        {
            var found = name.IndexOf(parts[i], at, StringComparison.Ordinal);
            if (found < 0)
            {
                return false;
            }

            at = found + parts[i].Length;
        }

        return name.Length - parts[^1].Length >= at && name.EndsWith(parts[^1], StringComparison.Ordinal);
    }

    /// <summary>Where a path leads inside of the root; null where a link is another user's, or has no end.</summary>
    public static string? Real(ImageNode node, string path)
    {
        try
        {
            return TreePath.FromText(node.Root.Resolve(OctalEscape.FromBytes(path), node.Mounts));
        }
        catch (AgentException)
        {
            return null;
        }
    }

    /// <param name="isNamed">Whether the entry is named in full: a directory in place of a file is one more of a pattern's only.</param>
    private static void Find(ImageScanner find, Trace trace, TreeEntry entry, bool isNamed)
    {
        var kind = entry.Status?.Kind;
        if (trace.Kind is TraceKind.FilesBelow or TraceKind.Content)
        {
            if (kind == FileKind.Link)
            {
                find.Unseen(NotFollowed(entry.Path));
            }
            else if (kind == FileKind.Directory && trace.Kind == TraceKind.Content)
            {
                find.RemoveContent(entry.Path, trace.What);
            }
            else if (kind == FileKind.Directory)
            {
                find.RemoveFiles(entry.Path, trace.What, trace.Named ?? (_ => true));
            }
        }
        else if (trace.Line is { } line)
        {
            // A link is followed, and what it leads to is looked at there.
            if (kind is FileKind.Regular or FileKind.Link)
            {
                find.ChangeText(entry.Path, trace.What, text => ChangeLines(text, line));
            }
        }
        else if ((isNamed || kind != FileKind.Directory) && (trace.Named is null || trace.Named(TreePath.Name(entry.Path))))
        {
            find.RemoveFile(entry.Path, trace.What);
        }
    }

    private static IEnumerable<TreeEntry> Named(ImageNode node, string directory, string part)
    {
        if (part.Contains('*', StringComparison.Ordinal))
        {
            return node.Tree.List(directory).Where(entry => Fits(TreePath.Name(entry.Path), part));
        }

        return node.Tree.Inspect(TreePath.Join(directory, part)) is { } entry ? [entry] : [];
    }

    private static string? Follow(ImageNode node, string path, Action<string>? note)
    {
        if (note is null)
        {
            return Real(node, path);
        }

        if (path.StartsWith("/etc/", StringComparison.Ordinal))
        {
            note(NotFollowed(path));
        }

        return null;
    }

    private static string NotFollowed(string path) => $"{TreePath.Display(path)} is a symbolic link, which is not followed: left";
}
