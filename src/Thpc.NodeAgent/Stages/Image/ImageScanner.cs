using System.Text;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>Looks at the node for one operation and gathers what it would touch.</summary>
internal sealed class ImageScanner(ImageNode node)
{
    private readonly List<ImageChange> _found = [];
    private readonly List<string> _notes = [];
    private readonly List<string> _unseen = [];
    private readonly List<string> _directories = [];
    private readonly HashSet<string> _removed = new(StringComparer.Ordinal);

    public ImageNode Node => node;

    public OperationFindings Findings(Operation operation) => new(operation, _found, [.. _notes.Distinct()], _directories) { Unseen = [.. _unseen.Distinct()] };

    /// <summary>What is seen and left.</summary>
    public void Note(string text) => _notes.Add(text);

    /// <summary>Reports what could not be inspected: something may be left there.</summary>
    public void Unseen(string text) => _unseen.Add(text);

    /// <summary>Everything in a directory, but for the directory itself and what the predicate spares.</summary>
    public void RemoveContent(string directory, string why, Predicate<TreeEntry>? spared = null)
    {
        // One walk finds nothing twice: a hundred thousand paths are not remembered for that.
        var isFirst = !_directories.Exists(other => LocalPath.IsAtOrBelow(directory, other) || LocalPath.IsAtOrBelow(other, directory));
        NoteObstacle(directory);
        foreach (var entry in node.Tree.Below(directory, entry => NoteMount(entry) || (spared?.Invoke(entry) ?? false)))
        {
            if (!(isFirst ? _removed.Contains(entry.Path) : IsRemoved(entry.Path)))
            {
                _found.Add(Removal(entry, why));
            }
        }

        _directories.Add(directory);
    }

    /// <summary>The files in a directory and below it, their directories staying.</summary>
    public void RemoveFiles(string directory, string why, Predicate<string> named, bool deep = true)
    {
        foreach (var entry in FilesOf(directory, deep).Where(entry => named(TreePath.Name(entry.Path))))
        {
            Remove(entry, why);
        }
    }

    /// <summary>One file; a directory or a link in its place is left.</summary>
    public void RemoveFile(string path, string why)
    {
        if (Regular(path) is { } entry)
        {
            Remove(entry, why);
        }
    }

    /// <summary>One file that must stay, empty; empty already, or holding nothing but the given text, it is well.</summary>
    public void EmptyFile(string path, string why, string? orElse = null)
    {
        if (Regular(path) is { Status.Size: > 0 } && (orElse is null || Read(path) is not { } text || text != orElse))
        {
            Add(new ImageChange(ImageChangeKind.Empty, path, why));
        }
    }

    /// <summary>Some lines of a file; its other bytes, mode and owner stay.</summary>
    /// <param name="why">What a line is, null where it stays. A byte a character, its line feed included.</param>
    public void RemoveLines(string path, Func<string, string?> why) => RemoveLines(path, lines => [.. lines.Select(why)]);

    /// <param name="whys">Of all lines of the file: what each is, null where it stays.</param>
    public void RemoveLines(string path, Func<IReadOnlyList<string>, IReadOnlyList<string?>> whys)
    {
        var real = node.Lead(path);
        var lines = Lines(path);
        var reasons = whys(lines);
        Func<byte[], byte[]> edit = old => Encoding.Latin1.GetBytes(Without([.. Split(Encoding.Latin1.GetString(old))]));
        for (var i = 0; i < lines.Count; i++)
        {
            if (reasons[i] is { } reason)
            {
                // The first takes out all.
                Add(new ImageChange(ImageChangeKind.Rewrite, real, $"line {i + 1}: {reason}") { Edit = edit });
                edit = old => old;
            }
        }

        string Without(IReadOnlyList<string> text)
        {
            var why = whys(text);
            var left = new StringBuilder();
            for (var i = 0; i < text.Count; i++)
            {
                left.Append(why[i] is null ? text[i] : "");
            }

            return left.ToString();
        }
    }

    /// <summary>The lines of a file, each with its line feed; none where there is no such file. A byte a character.</summary>
    public IReadOnlyList<string> Lines(string path) => RegularBehind(path) is { } file && Read(file.Path) is { } text ? [.. Split(text)] : [];

    /// <summary>As <see cref="Regular"/>; of a link, the file it leads to: /etc is root's alone.</summary>
    public TreeEntry? RegularBehind(string path) => Regular(node.Lead(path));

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

    /// <summary>What is removed is removed once, however many rules find it.</summary>
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

    private static ImageChange Removal(TreeEntry entry, string why) => new(ImageChangeKind.Remove, entry.Path, why) { Kind = entry.Status!.Value.Kind };

    private bool IsRemoved(string path) => _removed.Contains(path)
        || (_directories.Exists(directory => LocalPath.IsAtOrBelow(path, directory)) && _found.Exists(change => change.Change == ImageChangeKind.Remove && change.Path == path));

    /// <returns>Null where there is no such file. A byte a character.</returns>
    public string? Read(string path) => node.Tree.Read(path) is { } bytes ? Encoding.Latin1.GetString(bytes) : null;

    /// <summary>Null, and a note where something is there all the same.</summary>
    public TreeEntry? Regular(string path)
    {
        NoteObstacle(TreePath.Parent(path));
        var entry = node.Tree.Inspect(path);
        if (entry is null || NoteMount(entry))
        {
            return null;
        }

        if (entry.Status!.Value.Kind != FileKind.Regular)
        {
            Unseen($"{TreePath.Display(path)} is {RegularFile.Describe(entry.Status.Value.Kind)}, and no regular file: left");
            return null;
        }

        return entry;
    }

    /// <summary>The agent's configuration, and where it really lies; null where there is none.</summary>
    public (TreeEntry File, string Text)? Configuration()
    {
        var path = TreePath.FromText(node.Root.Resolve(NodePaths.Configuration, node.Mounts));
        return Regular(path) is { } file && node.Tree.Read(path) is { } bytes ? (file, Encoding.UTF8.GetString(bytes)) : null;
    }

    /// <summary>Home directories of people, by /etc/passwd: of numbers from 1000 on, and whatever is under /home.</summary>
    public IEnumerable<string> Homes() =>
        (from line in (Read(TreePath.FromText(node.Root.Resolve("/etc/passwd", node.Mounts))) ?? "").Split('\n')
         let fields = line.Split(':')
         where fields.Length == 7
         let home = OctalEscape.FromBytes(fields[5]).TrimEnd('/')
         where home.StartsWith('/') && home != "/root" && LocalPath.ValidateForm(home) is null && (home.StartsWith("/home/", StringComparison.Ordinal) || (uint.TryParse(fields[2], out var id) && id is >= 1000 and not 65534))
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
            Pass(new($"{TreePath.Display(entry.Path)} is a mount point: left, with all that is in it", IsMount: true));
        }

        return entry.IsMount;
    }

    private void NoteObstacle(string directory)
    {
        if (node.Tree.Obstacle(directory) is { } obstacle)
        {
            Pass(obstacle);
        }
    }

    /// <summary>What is mounted on a running machine is not captured with its disk. Below --root it hides the image's own directory.</summary>
    private void Pass(TreeObstacle obstacle)
    {
        if (obstacle.IsMount && node.Root.IsLive)
        {
            Note(obstacle.Text);
        }
        else
        {
            Unseen(obstacle.Text);
        }
    }
}
