using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>Finds the fstab lines and systemd mount units that an operation removes, and those that depend on them.</summary>
internal sealed class BootMountCleaner
{
    private readonly ImageScanner _scanner;
    private readonly List<TreeEntry> _units = [];
    private readonly BootMountEntry?[] _unitEntries;

    public BootMountCleaner(ImageScanner scanner)
    {
        _scanner = scanner;
        Units = scanner.List(NodePaths.Units);
        Links = [.. Units.Where(IsLinkDirectory).SelectMany(folder => scanner.List(folder.Path))];
        _units.AddRange(Units.Where(entry => IsFile(entry) && entry.Path.EndsWith(".mount", StringComparison.Ordinal)));
        _unitEntries = new BootMountEntry?[_units.Count];
        for (var i = 0; i < _units.Count; i++)
        {
            _unitEntries[i] = scanner.Read(_units[i].Path) is { } text ? Parse(TreePath.Name(_units[i].Path), text) : null;
        }
    }

    /// <summary>The entries of /etc/systemd/system.</summary>
    public IReadOnlyList<TreeEntry> Units { get; }

    /// <summary>The entries of its *.wants and *.requires directories.</summary>
    public IReadOnlyList<TreeEntry> Links { get; }

    /// <summary>
    /// Collects the lines and units that the rules select, and those that depend on them. A unit is removed with its .wants and .requires
    /// links, and an automount unit with its mount. Notes kept lines whose mount point is below a removed one.
    /// </summary>
    /// <param name="why">Given all lines, returns the rule: the reason to remove a line, or null to keep it.</param>
    /// <param name="whyUnit">The rule for units; null if units are removed only as dependents.</param>
    public void Collect(Func<BootMountEntry?[], Func<BootMountEntry, string?>> why, Func<BootMountEntry, string?>? whyUnit = null)
    {
        var lines = _scanner.Lines(NodePaths.Fstab);
        var (reasons, dependencies) = Reasons(lines, why, whyUnit);
        _scanner.RemoveLines(NodePaths.Fstab, text => Reasons(text, why, whyUnit).Reasons);
        for (var i = 0; i < lines.Count; i++)
        {
            if (reasons[i] is null && dependencies.RemovedParent(i) is { } above)
            {
                _scanner.Note(
                    $"{NodePaths.Fstab} line {i + 1}: {BootMountEntry.Parse(lines[i])!.Description}: kept; its mount point is below "
                    + $"{TreePath.Display(above)}, which is no longer mounted; systemd creates the directory");
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
            if (_scanner.Read(entry.Path) is { } text && MountUnits.Parse(TreePath.Name(entry.Path), text) is { } automount
                && dependencies.IsGone(BootMountEntry.Normalize(automount.Where)))
            {
                RemoveUnit(entry, $"automounts {TreePath.Display(automount.Where)}");
            }
        }
    }

    private static bool IsLinkDirectory(TreeEntry entry) =>
        entry.Status is { Kind: FileKind.Directory }
            && (entry.Path.EndsWith(".wants", StringComparison.Ordinal) || entry.Path.EndsWith(".requires", StringComparison.Ordinal));

    private static bool IsFile(TreeEntry entry) => entry.Status is { Kind: FileKind.Regular };

    /// <summary>Removes the links first: after an interruption a dangling link is harmless, a unit that still starts is not.</summary>
    private void RemoveUnit(TreeEntry unit, string why)
    {
        foreach (var link in Links.Where(
            link => link.Status is { Kind: FileKind.Link } && TreePath.Name(link.Path) == TreePath.Name(unit.Path)))
        {
            _scanner.Remove(link, $"starts {TreePath.Display(TreePath.Name(unit.Path))} at boot");
        }

        _scanner.Remove(unit, why);
    }

    /// <summary>Converts a mount unit to the form of an fstab line; its dependencies become x-systemd options.</summary>
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
                options = string.Concat(
                    [options, .. pair[1].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(value => $",{option}{value}")]);
            }
        }

        return new BootMountEntry(unit.What, BootMountEntry.Normalize(unit.Where), unit.Type, options);
    }

    private (string?[] Reasons, MountDependencies Dependencies) Reasons(
        IReadOnlyList<string> text, Func<BootMountEntry?[], Func<BootMountEntry, string?>> why, Func<BootMountEntry, string?>? whyUnit)
    {
        var lines = BootMountEntry.ParseAll(text);
        var whyLine = why(lines);
        BootMountEntry?[] all = [.. lines, .. _unitEntries];
        var reasons = new string?[all.Length];
        for (var i = 0; i < all.Length; i++)
        {
            reasons[i] = all[i] is not { } line ? null : i < lines.Length ? whyLine(line) : whyUnit?.Invoke(line);
        }

        var dependencies = MountDependencies.Find(all, Array.ConvertAll(reasons, reason => reason is not null), _scanner.Node.ResolveLinks);
        for (var i = 0; i < all.Length; i++)
        {
            reasons[i] ??= dependencies.RemovedDependency[i] is { } gone
                ? $"{all[i]!.Description}: depends on {TreePath.Display(gone)}"
                : null;
        }

        return (reasons, dependencies);
    }
}
