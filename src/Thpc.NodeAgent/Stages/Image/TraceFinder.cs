using System.Text;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>Finds the leftovers that <see cref="Traces"/> lists.</summary>
internal static class TraceFinder
{
    /// <summary>Reports every trace of one operation.</summary>
    public static void FindTraces(this ImageScanner scanner, string operation)
    {
        foreach (var trace in Traces.All)
        {
            if (trace.Operation != operation || (trace.IsOfflineOnly && scanner.Node.Root.IsLive))
            {
                continue;
            }

            foreach (var pattern in trace.Patterns)
            {
                foreach (var entry in Match(scanner.Node, pattern, scanner.ReportUninspected))
                {
                    Find(scanner, trace, entry, isNamed: !pattern.EndsWith('*'));
                }
            }
        }
    }

    /// <summary>The entries that match a pattern, sorted by name. Content of mounts is not part of the image and is excluded.</summary>
    /// <param name="note">
    /// Receives a message for each symbolic link in /etc, and no link is followed. Null: links of root are followed inside the root, for
    /// reading.
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

    /// <summary>Rewrites a file if that changes its text. Follows links: use it in /etc, where only root can create links.</summary>
    public static void ChangeText(this ImageScanner scanner, string path, string why, Func<string, string> change)
    {
        var real = TreePath.FromText(scanner.Node.Root.Resolve(OctalEscape.FromBytes(path), scanner.Node.Mounts));
        if (scanner.FindFile(real) is not null && scanner.Read(real) is { } text && change(text) != text)
        {
            scanner.Add(new ImageChange(ImageChangeKind.Rewrite, real, why)
            {
                Edit = old => Encoding.Latin1.GetBytes(change(Encoding.Latin1.GetString(old))),
            });
        }
    }

    /// <param name="line">Returns the new text of a line (with its line feed), or null to remove it.</param>
    public static string ChangeLines(string text, Func<string, string?> line)
    {
        var changed = new StringBuilder(text.Length);
        foreach (var old in ImageScanner.Split(text))
        {
            changed.Append(line(old));
        }

        return changed.ToString();
    }

    /// <param name="pattern">One name, in which `*` matches any characters.</param>
    public static bool Matches(string name, string pattern)
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

    /// <summary>Resolves the links of a path inside the root; null if a link belongs to another user or is circular.</summary>
    public static string? TryResolve(ImageNode node, string path) =>
        node.Root.TryResolve(OctalEscape.FromBytes(path), out var real, node.Mounts) is null ? TreePath.FromText(real) : null;

    /// <param name="isNamed">
    /// Whether the pattern has no wildcard. A directory in place of a named file is reported; one that a wildcard matches is ignored.
    /// </param>
    private static void Find(ImageScanner scanner, Trace trace, TreeEntry entry, bool isNamed)
    {
        var kind = entry.Status?.Kind;
        if (trace.Kind is TraceKind.FilesBelow or TraceKind.Content)
        {
            if (kind == FileKind.Link)
            {
                scanner.ReportUninspected(NotFollowed(entry.Path));
            }
            else if (kind == FileKind.Directory && trace.Kind == TraceKind.Content)
            {
                scanner.RemoveContent(entry.Path, trace.What);
            }
            else if (kind == FileKind.Directory)
            {
                scanner.RemoveFiles(entry.Path, trace.What, trace.Named ?? (_ => true));
            }
        }
        else if (trace.Line is { } line)
        {
            // ChangeText follows links and checks the target.
            if (kind is FileKind.Regular or FileKind.Link)
            {
                scanner.ChangeText(entry.Path, trace.What, text => ChangeLines(text, line));
            }
        }
        else if ((isNamed || kind != FileKind.Directory) && (trace.Named is null || trace.Named(TreePath.Name(entry.Path))))
        {
            scanner.RemoveFile(entry.Path, trace.What);
        }
    }

    private static IEnumerable<TreeEntry> Named(ImageNode node, string directory, string part)
    {
        if (part.Contains('*', StringComparison.Ordinal))
        {
            return node.Tree.List(directory).Where(entry => Matches(TreePath.Name(entry.Path), part));
        }

        return node.Tree.Inspect(TreePath.Join(directory, part)) is { } entry ? [entry] : [];
    }

    private static string? Follow(ImageNode node, string path, Action<string>? note)
    {
        if (note is null)
        {
            return TryResolve(node, path);
        }

        if (path.StartsWith("/etc/", StringComparison.Ordinal))
        {
            note(NotFollowed(path));
        }

        return null;
    }

    private static string NotFollowed(string path) => $"{TreePath.Display(path)} is a symbolic link, which is not followed: skipped";
}
