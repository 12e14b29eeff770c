using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>The lines of fstab and the mount units of the node, and what of them goes.</summary>
internal sealed class BootMountCleaner
{
    private readonly ImageScanner _find;
    private readonly List<TreeEntry> _units = [];
    private readonly BootMountEntry?[] _ofUnits;

    public BootMountCleaner(ImageScanner find)
    {
        _find = find;
        Units = find.List(NodePaths.Units);
        Links = [.. Units.Where(IsFolderOfLinks).SelectMany(folder => find.List(folder.Path))];
        _units.AddRange(Units.Where(entry => IsFile(entry) && entry.Path.EndsWith(".mount", StringComparison.Ordinal)));
        _ofUnits = new BootMountEntry?[_units.Count];
        for (var i = 0; i < _units.Count; i++)
        {
            _ofUnits[i] = find.Read(_units[i].Path) is { } text ? Parse(TreePath.Name(_units[i].Path), text) : null;
        }
    }

    /// <summary>What is in systemd's folder for units.</summary>
    public IReadOnlyList<TreeEntry> Units { get; }

    /// <summary>What is there to start units for others.</summary>
    public IReadOnlyList<TreeEntry> Links { get; }

    /// <summary>
    /// Takes lines and units out, and what stands on them; a unit with the links that start it, and automount units of places where nothing
    /// is left to mount. Notes what it leaves although its mount point lies in one that goes.
    /// </summary>
    /// <param name="why">Of all lines, what says of one why it goes, and null where it stays.</param>
    /// <param name="whyUnit">The same of units; null where they go only for what they stand on.</param>
    public void Collect(Func<BootMountEntry?[], Func<BootMountEntry, string?>> why, Func<BootMountEntry, string?>? whyUnit = null)
    {
        var lines = _find.Lines(NodePaths.Fstab);
        var (reasons, dependencies) = Reasons(lines, why, whyUnit);
        _find.RemoveLines(NodePaths.Fstab, text => Reasons(text, why, whyUnit).Reasons);
        for (var i = 0; i < lines.Count; i++)
        {
            if (reasons[i] is null && dependencies.LiesIn(i) is { } above)
            {
                _find.Note($"{NodePaths.Fstab} line {i + 1}: {BootMountEntry.Parse(lines[i])!.Words}: its mount point lies in {TreePath.Display(above)}, which is no longer mounted; left: systemd makes the directory");
            }
        }

        for (var i = 0; i < _units.Count; i++)
        {
            if (reasons[lines.Count + i] is { } reason)
            {
                RemoveUnit(_units[i], $"mounts {reason}");
            }
        }

        foreach (var entry in Units.Where(entry => IsFile(entry) && entry.Path.EndsWith(".automount", StringComparison.Ordinal)))
        {
            if (_find.Read(entry.Path) is { } text && MountUnits.Parse(TreePath.Name(entry.Path), text) is { } automount && dependencies.IsGone(BootMountEntry.Normalize(automount.Where)))
            {
                RemoveUnit(entry, $"automounts {TreePath.Display(automount.Where)}");
            }
        }
    }

    private static bool IsFolderOfLinks(TreeEntry entry) =>
        entry.Status is { Kind: FileKind.Directory } && (entry.Path.EndsWith(".wants", StringComparison.Ordinal) || entry.Path.EndsWith(".requires", StringComparison.Ordinal));

    private static bool IsFile(TreeEntry entry) => entry.Status is { Kind: FileKind.Regular };

    /// <summary>The links first: a link to nothing is harmless, a unit that still starts is not.</summary>
    private void RemoveUnit(TreeEntry unit, string why)
    {
        foreach (var link in Links.Where(link => link.Status is { Kind: FileKind.Link } && TreePath.Name(link.Path) == TreePath.Name(unit.Path)))
        {
            _find.Remove(link, $"starts {TreePath.Display(TreePath.Name(unit.Path))} at boot");
        }

        _find.Remove(unit, why);
    }

    /// <summary>A unit as a line, what it requires by other settings as fstab would say it.</summary>
    private static BootMountEntry? Parse(string name, string text)
    {
        if (MountUnits.Parse(name, text) is not { } unit)
        {
            return null;
        }

        var options = unit.Options;
        foreach (var pair in text.Split('\n').Select(line => line.Trim().Split('=', 2)).Where(pair => pair.Length == 2))
        {
            var option = pair[0].Trim() switch
            {
                "RequiresMountsFor" => "x-systemd.requires-mounts-for=",
                "Requires" or "BindsTo" => "x-systemd.requires=",
                _ => null,
            };
            if (option is not null)
            {
                options = string.Concat([options, .. pair[1].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(value => $",{option}{value}")]);
            }
        }

        return new BootMountEntry(unit.What, BootMountEntry.Normalize(unit.Where), unit.Type, options);
    }

    private (string?[] Reasons, MountDependencies Dependencies) Reasons(
        IReadOnlyList<string> text, Func<BootMountEntry?[], Func<BootMountEntry, string?>> why, Func<BootMountEntry, string?>? whyUnit)
    {
        var lines = BootMountEntry.ParseAll(text);
        var whyLine = why(lines);
        BootMountEntry?[] all = [.. lines, .. _ofUnits];
        var reasons = new string?[all.Length];
        for (var i = 0; i < all.Length; i++)
        {
            reasons[i] = all[i] is not { } line ? null : i < lines.Length ? whyLine(line) : whyUnit?.Invoke(line);
        }

        var dependencies = MountDependencies.Find(all, Array.ConvertAll(reasons, reason => reason is not null), _find.Node.Lead);
        for (var i = 0; i < all.Length; i++)
        {
            reasons[i] ??= dependencies.StandsOn[i] is { } gone ? $"{all[i]!.Words}: stands on {TreePath.Display(gone)}" : null;
        }

        return (reasons, dependencies);
    }
}
