using System.Text;
using Thpc.NodeAgent.Config;
using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>Looks at the node for one operation and gathers what it would touch.</summary>
internal sealed class Finder(ImageNode node)
{
    private readonly List<Leftover> _found = [];
    private readonly List<string> _notes = [];
    private readonly List<string> _directories = [];
    private readonly HashSet<string> _removed = new(StringComparer.Ordinal);

    public ImageNode Node => node;

    public Findings Findings(Operation operation) => new(operation, _found, [.. _notes.Distinct()], _directories);

    public void Note(string text) => _notes.Add(text);

    /// <summary>Everything in a directory, but for the directory itself and what the predicate spares.</summary>
    public void RemoveContent(string directory, string why, Predicate<TreeEntry>? spared = null)
    {
        _directories.Add(directory);
        NoteObstacle(directory);
        foreach (var entry in node.Tree.Below(directory, entry => NoteMount(entry) || (spared?.Invoke(entry) ?? false)))
        {
            Remove(entry, why);
        }
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
            Add(new Leftover(Change.Empty, path, why));
        }
    }

    /// <summary>Some lines of a file; its other bytes, mode and owner stay.</summary>
    /// <param name="why">What a line is, null where it stays. A byte a character, its line feed included.</param>
    public void RemoveLines(string path, Func<string, string?> why)
    {
        // Of a link, the file it leads to: /etc is root's alone.
        var real = TreePath.FromText(node.Root.Resolve(path, node.Mounts));
        if (Regular(real) is null || Read(real) is not { } text)
        {
            return;
        }

        foreach (var (line, index) in Split(text).Select((line, index) => (line, index)))
        {
            if (why(line) is { } reason)
            {
                Add(new Leftover(Change.Rewrite, real, $"line {index + 1}: {reason}")
                {
                    Edit = old => Encoding.Latin1.GetBytes(string.Concat(Split(Encoding.Latin1.GetString(old)).Where(other => why(other) is null))),
                });
            }
        }
    }

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

    public void Remove(TreeEntry entry, string why) => Add(new Leftover(Change.Remove, entry.Path, why) { Kind = entry.Status!.Value.Kind });

    /// <summary>What is removed is removed once, however many rules find it.</summary>
    public void Add(Leftover leftover)
    {
        if (leftover.Change != Change.Remove || _removed.Add(leftover.Path))
        {
            _found.Add(leftover);
        }
    }

    /// <returns>Null where there is no such file. A byte a character.</returns>
    public string? Read(string path) => node.Tree.Read(path) is { } bytes ? Encoding.Latin1.GetString(bytes) : null;

    /// <summary>Null, and a note where something is there all the same.</summary>
    public TreeEntry? Regular(string path)
    {
        NoteObstacle(TreePath.Parent(path));
        var entry = node.Tree.Look(path);
        if (entry is null || NoteMount(entry))
        {
            return null;
        }

        if (entry.Status!.Value.Kind != FileKind.Regular)
        {
            Note($"{TreePath.Show(path)} is no regular file: left");
            return null;
        }

        return entry;
    }

    /// <summary>The agent's configuration, and where it really lies; null where there is none.</summary>
    public (TreeEntry File, string Text)? Configuration()
    {
        var path = TreePath.FromText(node.Root.Resolve("/etc/thpc/node-agent.toml", node.Mounts));
        return Regular(path) is { } file && node.Tree.Read(path) is { } bytes ? (file, Encoding.UTF8.GetString(bytes)) : null;
    }

    /// <summary>Home directories of people, by /etc/passwd: of numbers from 1000 on, and whatever is under /home.</summary>
    public IEnumerable<string> Homes() =>
        from line in (Read(TreePath.FromText(node.Root.Resolve("/etc/passwd", node.Mounts))) ?? "").Split('\n')
        let fields = line.Split(':')
        where fields.Length == 7
        let home = OctalEscape.FromBytes(fields[5]).TrimEnd('/')
        where home.StartsWith('/') && home != "/root" && LocalPath.FormObjection(home) is null && (home.StartsWith("/home/", StringComparison.Ordinal) || (uint.TryParse(fields[2], out var id) && id is >= 1000 and not 65534))
        group home by home into homes
        orderby homes.Key
        select TreePath.FromText(homes.Key);

    private static IEnumerable<string> Split(string text)
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
            Note($"{TreePath.Show(entry.Path)} is a mount point: left, with all that is in it");
        }

        return entry.IsMount;
    }

    private void NoteObstacle(string directory)
    {
        if (node.Tree.Obstacle(directory) is { } obstacle)
        {
            Note(obstacle);
        }
    }
}
