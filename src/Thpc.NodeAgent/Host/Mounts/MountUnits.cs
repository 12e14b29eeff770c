using Thpc.NodeAgent.Host.Files;

namespace Thpc.NodeAgent.Host.Mounts;

/// <summary>A mount unit file of systemd (systemd.mount(5)), not generated from fstab.</summary>
/// <param name="Name">The file name: "data.mount".</param>
/// <param name="IsEnabled">Whether another unit wants or requires it or its automount unit.</param>
/// <param name="WinsOverFstab">
/// Whether systemd prefers it to a line of fstab with the same mount point. Unit files of packages do not win.
/// </param>
internal sealed record MountUnit(string Name, string Where, string What, string Type, string Options, bool IsEnabled, bool WinsOverFstab);

/// <summary>Reads mount units from systemd's directories (systemd.unit(5)).</summary>
internal static class MountUnits
{
    private static readonly (string Folder, bool WinsOverFstab)[] Folders =
    [
        (NodePaths.Units, true), ("/run/systemd/system", true),
        ("/usr/local/lib/systemd/system", false), ("/usr/lib/systemd/system", false), ("/lib/systemd/system", false),
    ];

    /// <summary>All units except those of generators.</summary>
    public static IReadOnlyList<MountUnit> Read(NodeRoot root)
    {
        var wants = new Lazy<HashSet<string>>(() => Wanted(root));
        return [.. Folders.SelectMany(item => Read(root.Locate(item.Folder), item.WinsOverFstab, wants)).DistinctBy(unit => unit.Name)];
    }

    /// <summary>The units that systemd generated from fstab when it was loaded last.</summary>
    public static IEnumerable<MountUnit> Generated(NodeRoot root) =>
        Read(root.Locate("/run/systemd/generator"), winsOverFstab: false, new Lazy<HashSet<string>>(() => []));

    private static IEnumerable<MountUnit> Read(string folder, bool winsOverFstab, Lazy<HashSet<string>> wants)
    {
        if (!Directory.Exists(folder))
        {
            yield break;
        }

        // Skip links: a masked unit leads to /dev/null, and another link may lead to a dead server.
        var files =
            Directory.EnumerateFiles(folder, "*.mount").Where(file => FileStatus.Read(file, link: true) is { Kind: FileKind.Regular });
        foreach (var file in files.Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(file);
            if (RegularFile.ReadText(file) is { } text && Parse(name, text) is { } unit)
            {
                var enabled = wants.Value.Contains(name) || wants.Value.Contains(Path.ChangeExtension(name, ".automount"));
                yield return unit with { IsEnabled = enabled, WinsOverFstab = winsOverFstab };
            }
        }
    }

    /// <returns>Null if the unit has no absolute Where=.</returns>
    public static MountUnit? Parse(string name, string text)
    {
        var settings = text.Split('\n').Select(line => line.Trim().Split('=', 2)).Where(pair => pair.Length == 2)
            .ToLookup(pair => pair[0].Trim(), pair => pair[1].Trim());
        string Setting(string key, string absent) => settings[key].LastOrDefault() is { Length: > 0 } value ? value : absent;
        return Setting("Where", "") is ['/', _, ..] where
            ? new MountUnit(
                name, where, Setting("What", ""), Setting("Type", "auto"), Setting("Options", ""), IsEnabled: false, WinsOverFstab: false)
            : null;
    }

    /// <summary>The names of all units that another unit wants or requires by a link.</summary>
    private static HashSet<string> Wanted(NodeRoot root) =>
        [
            .. Folders.Select(item => root.Locate(item.Folder)).Where(Directory.Exists)
                .SelectMany(folder => (string[])
                    [.. Directory.EnumerateDirectories(folder, "*.wants"), .. Directory.EnumerateDirectories(folder, "*.requires")])
                .SelectMany(Directory.EnumerateFileSystemEntries).Select(path => Path.GetFileName(path)),
        ];
}
