using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host.Mounts;

/// <summary>
/// A mount at boot, from a line of fstab or a mount unit. It is parsed less strictly than by mount(8), so that no line which another
/// program accepts is missed. Text is Latin-1.
/// </summary>
internal sealed class BootMountEntry(string source, string target, string type, string options)
{
    private static readonly string[] Layers = ["lowerdir=", "lowerdir+=", "datadir+=", "upperdir=", "workdir="];
    private static readonly string[] Requirements = ["x-systemd.requires-mounts-for=", "x-systemd.requires="];

    public string Source => source;

    /// <summary>The mount point without redundant slashes; "none" or similar for swap.</summary>
    public string Target => target;

    public string Type => type;

    /// <summary>Comma-separated.</summary>
    public string Options => options;

    /// <summary>Whether it is a bind mount.</summary>
    public bool IsBind => HasOption("bind") || HasOption("rbind");

    /// <summary>Whether cloud-init wrote the line. It replaces all its lines on each new machine (cc_mounts).</summary>
    public bool IsFromCloudInit => HasOption("comment=cloudconfig");

    /// <summary>A short description for messages.</summary>
    public string Description => Describe(Type == "none" && IsBind ? HasOption("bind") ? "bind" : "rbind" : Type);

    /// <returns>Null for comments and lines with fewer than three fields.</returns>
    public static BootMountEntry? Parse(string raw)
    {
        var fields = raw.TrimEnd('\r', '\n').Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        return fields.Length < 3 || fields[0].StartsWith('#') ? null
            : new BootMountEntry(
                OctalEscape.Decode(fields[0]),
                Normalize(OctalEscape.Decode(fields[1])),
                OctalEscape.Decode(fields[2]),
                fields.Length > 3 ? OctalEscape.Decode(fields[3]) : "");
    }

    /// <returns>One entry for each line; null for lines that are not mounts.</returns>
    public static BootMountEntry?[] ParseAll(IReadOnlyList<string> lines)
    {
        var parsed = new BootMountEntry?[lines.Count];
        for (var i = 0; i < parsed.Length; i++)
        {
            parsed[i] = Parse(lines[i]);
        }

        return parsed;
    }

    /// <summary>Removes redundant slashes.</summary>
    public static string Normalize(string path)
    {
        if (!path.StartsWith('/') || (!path.Contains("//", StringComparison.Ordinal) && !(path.EndsWith('/') && path.Length > 1)))
        {
            return path;
        }

        return "/" + string.Join('/', path.Split('/', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <param name="kind">The first word, such as the type.</param>
    public string Describe(string kind)
    {
        var what = $"{TreePath.Display(kind)} {TreePath.Display(Source)}";
        return Target.StartsWith('/') ? $"{what} on {TreePath.Display(Target)}" : what;
    }

    public bool HasOption(string name) => Array.IndexOf(Options.Split(','), name) >= 0;

    /// <summary>
    /// The paths that must exist before this can be mounted: the source of a bind mount, a loop or swap file, the layers of an overlay,
    /// and the values of x-systemd.requires= and x-systemd.requires-mounts-for=, which may be unit names ("data.mount").
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
            // Such as "bindfs#/data/x", and "/a=RW:/b" for mergerfs.
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
