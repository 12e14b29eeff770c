using System.Text;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>Inspects the node for one operation and collects its changes.</summary>
internal sealed class ImageScanner(ImageNode node)
{
    private readonly List<ImageChange> _found = [];
    private readonly List<string> _notes = [];
    private readonly List<string> _uninspected = [];
    private readonly List<string> _directories = [];
    private readonly HashSet<string> _removed = new(StringComparer.Ordinal);

    public ImageNode Node => node;

    public OperationFindings Findings(Operation operation) => new(operation, _found, [.. _notes.Distinct()], _directories)
    {
        Uninspected = [.. _uninspected.Distinct()],
    };

    /// <summary>Reports something that is kept.</summary>
    public void Note(string text) => _notes.Add(text);

    /// <summary>Reports what could not be inspected: something may be left there.</summary>
    public void ReportUninspected(string text) => _uninspected.Add(text);

    /// <summary>Removes everything in a directory except the directory itself and the entries that the predicate keeps.</summary>
    public void RemoveContent(string directory, string why, Predicate<TreeEntry>? keep = null)
    {
        // A single walk finds no path twice, so a directory's first walk skips the slow search among up to 100,000 changes.
        var isFirst = !_directories.Exists(other => LocalPath.IsAtOrBelow(directory, other) || LocalPath.IsAtOrBelow(other, directory));
        NoteObstacle(directory);
        foreach (var entry in node.Tree.Below(directory, entry => NoteMount(entry) || (keep?.Invoke(entry) ?? false)))
        {
            if (!(isFirst ? _removed.Contains(entry.Path) : IsRemoved(entry.Path)))
            {
                _found.Add(Removal(entry, why));
            }
        }

        _directories.Add(directory);
    }

    /// <summary>Removes the files in a directory and below it; keeps the directories.</summary>
    public void RemoveFiles(string directory, string why, Predicate<string> named, bool deep = true)
    {
        foreach (var entry in FilesOf(directory, deep).Where(entry => named(TreePath.Name(entry.Path))))
        {
            Remove(entry, why);
        }
    }

    /// <summary>Removes one file; keeps a directory or a link in its place.</summary>
    public void RemoveFile(string path, string why)
    {
        if (FindFile(path) is { } entry)
        {
            Remove(entry, why);
        }
    }

    /// <summary>Empties one file that must continue to exist, unless it is empty or contains exactly the accepted text.</summary>
    public void EmptyFile(string path, string why, string? accepted = null)
    {
        if (FindFile(path) is { Status.Size: > 0 } && (accepted is null || Read(path) is not { } text || text != accepted))
        {
            Add(new ImageChange(ImageChangeKind.Empty, path, why));
        }
    }

    /// <summary>Removes some lines of a file; keeps its other bytes, mode and owner.</summary>
    /// <param name="why">The reason to remove a line, or null to keep it. Lines are Latin-1 and include their line feed.</param>
    public void RemoveLines(string path, Func<string, string?> why) => RemoveLines(path, lines => [.. lines.Select(why)]);

    /// <param name="whys">Given all lines of the file, the reason to remove each, or null to keep it.</param>
    public void RemoveLines(string path, Func<IReadOnlyList<string>, IReadOnlyList<string?>> whys)
    {
        var real = node.ResolveLinks(path);
        foreach (var entry in node.Tree.List(TreePath.Parent(real)))
        {
            // A killed run's next version of the file.
            if (AtomicFile.IsTemporary(TreePath.Name(entry.Path), TreePath.Name(real)))
            {
                Remove(entry, "left by an interrupted run");
            }
        }

        var lines = Lines(path);
        var reasons = whys(lines);
        Func<byte[], byte[]> edit = old => Encoding.Latin1.GetBytes(Without([.. Split(Encoding.Latin1.GetString(old))]));
        for (var i = 0; i < lines.Count; i++)
        {
            if (reasons[i] is { } reason)
            {
                // The first edit removes all lines.
                Add(new ImageChange(ImageChangeKind.Rewrite, real, $"line {i + 1}: {reason}") { Edit = edit });
                edit = old => old;
            }
        }

        string Without(IReadOnlyList<string> text)
        {
            var why = whys(text);
            var kept = new StringBuilder();
            for (var i = 0; i < text.Count; i++)
            {
                kept.Append(why[i] is null ? text[i] : "");
            }

            return kept.ToString();
        }
    }

    /// <summary>The lines of a file, each with its line feed, in Latin-1; empty if there is no such file.</summary>
    public IReadOnlyList<string> Lines(string path) =>
        FindFileFollowingLinks(path) is { } file && Read(file.Path) is { } text ? [.. Split(text)] : [];

    /// <summary>As <see cref="FindFile"/>, but follows links. Use it in /etc, where only root can create links.</summary>
    public TreeEntry? FindFileFollowingLinks(string path) => FindFile(node.ResolveLinks(path));

    public IReadOnlyList<TreeEntry> FilesOf(string directory, bool deep = true)
    {
        NoteObstacle(directory);
        var entries = deep ? node.Tree.Below(directory, NoteMount) : node.Tree.List(directory);
        return [.. entries.Where(entry => !NoteMount(entry) && entry.Status!.Value.Kind == FileKind.Regular)];
    }

    public IReadOnlyList<TreeEntry> List(string directory)
    {
        NoteObstacle(directory);
        return node.Tree.List(directory);
    }

    public void Remove(TreeEntry entry, string why) => Add(Removal(entry, why));

    /// <summary>Adds a change. A path is removed only once, even if several rules find it.</summary>
    public void Add(ImageChange change)
    {
        if (change.Change != ImageChangeKind.Remove || !IsRemoved(change.Path))
        {
            _found.Add(change);
        }

        if (change.Change == ImageChangeKind.Remove)
        {
            _removed.Add(change.Path);
        }
    }

    private static ImageChange Removal(TreeEntry entry, string why) =>
        new(ImageChangeKind.Remove, entry.Path, why) { Kind = entry.Status!.Value.Kind };

    private bool IsRemoved(string path) => _removed.Contains(path)
        || (_directories.Exists(directory => LocalPath.IsAtOrBelow(path, directory))
            && _found.Exists(change => change.Change == ImageChangeKind.Remove && change.Path == path));

    /// <returns>The content in Latin-1, or null if there is no such file.</returns>
    public string? Read(string path) => node.Tree.Read(path) is { } bytes ? Encoding.Latin1.GetString(bytes) : null;

    /// <summary>The regular file at a path, or null. Reports anything else at that path as uninspected.</summary>
    public TreeEntry? FindFile(string path)
    {
        NoteObstacle(TreePath.Parent(path));
        var entry = node.Tree.Inspect(path);
        if (entry is null || NoteMount(entry))
        {
            return null;
        }

        if (entry.Status!.Value.Kind != FileKind.Regular)
        {
            ReportUninspected($"{TreePath.Display(path)} is {RegularFile.Describe(entry.Status.Value.Kind)}, not a regular file: skipped");
            return null;
        }

        return entry;
    }

    /// <summary>The agent's configuration file, with links resolved, and its text; null if there is none.</summary>
    public (TreeEntry File, string Text)? Configuration()
    {
        var path = TreePath.FromText(node.Root.Resolve(NodePaths.Configuration, node.Mounts));
        return FindFile(path) is { } file && node.Tree.Read(path) is { } bytes ? (file, Encoding.UTF8.GetString(bytes)) : null;
    }

    /// <summary>Home directories of human users in /etc/passwd: those of UID 1000 and above, and all below /home.</summary>
    public IEnumerable<string> Homes() =>
        (from line in (Read(TreePath.FromText(node.Root.Resolve("/etc/passwd", node.Mounts))) ?? "").Split('\n')
         let fields = line.Split(':')
         where fields.Length == 7
         let home = OctalEscape.FromBytes(fields[5]).TrimEnd('/')
         where home.StartsWith('/') && home != "/root" && LocalPath.ValidateForm(home) is null
             && (home.StartsWith("/home/", StringComparison.Ordinal)
                 || (uint.TryParse(fields[2], out var id) && id is >= 1000 and not 65534))
         select home).Distinct().Order().Select(TreePath.FromText);

    /// <summary>The lines of a text, each with its line feed.</summary>
    public static IEnumerable<string> Split(string text)
    {
        for (var start = 0; start < text.Length;)
        {
            var feed = text.IndexOf('\n', start);
            var next = feed < 0 ? text.Length : feed + 1;
            yield return text[start..next];
            start = next;
        }
    }

    private bool NoteMount(TreeEntry entry)
    {
        if (entry.IsMount)
        {
            ReportObstacle(new($"{TreePath.Display(entry.Path)} is a mount point: skipped with its content", IsMount: true));
        }

        return entry.IsMount;
    }

    private void NoteObstacle(string directory)
    {
        if (node.Tree.Obstacle(directory) is { } obstacle)
        {
            ReportObstacle(obstacle);
        }
    }

    /// <summary>A mount on a running machine is not captured with its disk. Below --root it hides the image's own directory.</summary>
    private void ReportObstacle(TreeObstacle obstacle)
    {
        if (obstacle.IsMount && node.Root.IsLive)
        {
            Note(obstacle.Text.English);
        }
        else
        {
            ReportUninspected(obstacle.Text.English);
        }
    }
}
