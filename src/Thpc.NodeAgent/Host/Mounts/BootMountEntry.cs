using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host.Mounts;

/// <summary>
/// What one line of fstab, or one mount unit, mounts at boot. It is read more loosely than by mount(8): a line that some reader may take
/// counts. Text is a byte a character.
/// </summary>
internal sealed class BootMountEntry(string source, string target, string type, string options)
{
    private static readonly string[] Layers = ["lowerdir=", "lowerdir+=", "datadir+=", "upperdir=", "workdir="];
    private static readonly string[] Requirements = ["x-systemd.requires-mounts-for=", "x-systemd.requires="];

    public string Source => source;

    /// <summary>The mount point, without slashes that say nothing; "none" and the like for swap.</summary>
    public string Target => target;

    public string Type => type;

    /// <summary>Comma-separated.</summary>
    public string Options => options;

    /// <summary>Whether it takes a directory or file of the node for another place.</summary>
    public bool IsBind => HasOption("bind") || HasOption("rbind");

    /// <summary>cloud-init marks its lines so, and replaces them all on each new machine (cc_mounts).</summary>
    public bool IsCloudInits => HasOption("comment=cloudconfig");

    /// <summary>What it mounts, in a few words.</summary>
    public string Words => Describe(Type == "none" && IsBind ? HasOption("bind") ? "bind" : "rbind" : Type);

    /// <returns>Null for comments and for what has fewer than three fields.</returns>
    public static BootMountEntry? Parse(string raw)
    {
        var fields = raw.TrimEnd('\r', '\n').Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        return fields.Length < 3 || fields[0].StartsWith('#') ? null
            : new BootMountEntry(OctalEscape.Decode(fields[0]), Normalize(OctalEscape.Decode(fields[1])), OctalEscape.Decode(fields[2]), fields.Length > 3 ? OctalEscape.Decode(fields[3]) : "");
    }

    /// <summary>Each line's; null for those that are none.</summary>
    public static BootMountEntry?[] ParseAll(IReadOnlyList<string> lines)
    {
        var parsed = new BootMountEntry?[lines.Count];
        for (var i = 0; i < parsed.Length; i++)
        {
            parsed[i] = Parse(lines[i]);
        }

        return parsed;
    }

    /// <summary>As the kernel compares paths: slashes that say nothing do not count.</summary>
    public static string Normalize(string path)
    {
        if (!path.StartsWith('/') || (!path.Contains("//", StringComparison.Ordinal) && !(path.EndsWith('/') && path.Length > 1)))
        {
            return path;
        }

        return "/" + string.Join('/', path.Split('/', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <param name="kind">What it is called.</param>
    public string Describe(string kind) =>
        Target.StartsWith('/') ? $"{TreePath.Display(kind)} {TreePath.Display(Source)} on {TreePath.Display(Target)}" : $"{TreePath.Display(kind)} {TreePath.Display(Source)}";

    public bool HasOption(string name) => Array.IndexOf(Options.Split(','), name) >= 0;

    /// <summary>
    /// The paths that must be there before it can be mounted: what a bind, a loop or swap file shows, the layers of an overlay, and what
    /// x-systemd.requires= and x-systemd.requires-mounts-for= name. Units among these keep their names ("data.mount").
    /// </summary>
    public IReadOnlyList<string> Requires()
    {
        List<string> paths = [];
        if (!NetworkTypes.IsNetwork(this))
        {
            AddSource(paths);
        }

        foreach (var option in Options.Split(','))
        {
            if (Array.Find(Layers, layer => option.StartsWith(layer, StringComparison.Ordinal)) is { } layer)
            {
                // "\\:" is a colon in a name.
                var layers = option[layer.Length..].Replace("\\:", "\0", StringComparison.Ordinal).Split(':');
                Add(paths, layers.Select(path => path.Replace('\0', ':')));
            }
            else if (Array.Find(Requirements, name => option.StartsWith(name, StringComparison.Ordinal)) is { } requirement)
            {
                var value = option[requirement.Length..];
                paths.Add(value.StartsWith('/') ? Normalize(value) : value);
            }
        }

        return paths;
    }

    private void AddSource(List<string> paths)
    {
        if (Type.StartsWith("fuse", StringComparison.Ordinal) || Type == "mergerfs")
        {
            // "bindfs#/data/x", and of mergerfs "/a=RW:/b".
            Add(paths, Source[(Source.IndexOf('#', StringComparison.Ordinal) + 1)..].Split(':').Select(path => path.Split('=')[0]));
        }
        else
        {
            Add(paths, [Source]);
        }
    }

    private static void Add(List<string> paths, IEnumerable<string> pieces) =>
        paths.AddRange(pieces.Where(path => path.StartsWith('/')).Select(Normalize));
}
