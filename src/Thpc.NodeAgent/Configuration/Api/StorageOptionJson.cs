using System.Globalization;
using Thpc.NodeAgent.Configuration.Sections;
using Thpc.NodeAgent.Configuration.Toml;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Configuration.Api;

/// <summary>
/// Translates the API's StorageOption (thpc 2023-03-21) into the nodes of the same storage in TOML. Accepts a StorageOption, a whole
/// DescribeClusterStorageOption response or AddClusterStorageOption request, or a single option.
/// </summary>
internal static class StorageOptionJson
{
    /// <summary>The key of the result that holds ClusterId, if the text has one.</summary>
    public const string ClusterId = "cluster_id";

    private const int MaxPaths = 8;
    private const string Cos = "CosOptions";

    private static readonly Dictionary<string, string> Sections = new(StringComparer.Ordinal)
    {
        ["CFSOptions"] = StorageSections.Cfs,
        ["GooseFSOptions"] = StorageSections.GooseFs,
        ["GooseFSxOptions"] = StorageSections.GooseFsx,
    };

    private static readonly Dictionary<string, string> Keys = new(StringComparer.Ordinal)
    {
        ["LocalPath"] = "local_path",
        ["RemotePath"] = "remote_path",
        ["Protocol"] = "protocol",
        ["StorageType"] = "storage_type",
        ["MountOption"] = "mount_option",
        ["FileSystemId"] = "file_system_id",
        ["Masters"] = "masters",
    };

    // Keys of each section. Other keys are ignored: a later API may add keys to a kind of storage.
    private static readonly Dictionary<string, string[]> KeysOf = new(StringComparer.Ordinal)
    {
        [StorageSections.Cfs] = ["local_path", "remote_path", "protocol", "storage_type", "mount_option", "file_system_id"],
        [StorageSections.GooseFs] = ["local_path", "remote_path", "masters", "file_system_id"],
        [StorageSections.GooseFsx] = ["local_path", "masters", "file_system_id"],
    };

    /// <summary>
    /// Parses the text. Unknown keys are ignored, since the API may add some. Unknown kinds of storage, and options that lack what a mount
    /// needs, are ignored with a warning. Invalid JSON is a diagnostic.
    /// </summary>
    /// <returns>A table with a list for each TOML section, and <see cref="ClusterId"/>; null after a diagnostic.</returns>
    public static ConfigNode? Parse(string text, string file, ICollection<ConfigDiagnostic> diagnostics, ICollection<string> warnings)
    {
        if (JsonText.Parse(text, file, diagnostics) is not { } root || ApiResponse.Open(root, diagnostics) is not { } answer)
        {
            return null;
        }

        var option = ApiResponse.Member(answer, "StorageOption") ?? answer;
        var alone = ReferenceEquals(option, root);
        var result = ConfigNode.Table($"{file}:1");
        var table = alone || !ReferenceEquals(option, answer) ? option.AsTable : null;
        if (table is not null && IsOneOption(table))
        {
            // A list with this one item, so that the same rules apply.
            var list = option with { Value = new List<ConfigNode> { option } };
            Translate(new(StringComparer.Ordinal) { [KindOf(table)] = list }, result.AsTable!, diagnostics, warnings);
        }
        else if (table is not null && (!alone || table.Count == 0 || table.Any(IsKind)))
        {
            Translate(table, result.AsTable!, diagnostics, warnings);
        }
        else if (alone || option.Value is not "")
        {
            diagnostics.Add(new ConfigDiagnostic(option.Origin, Messages.NoStorageOption));
            return null;
        }

        foreach (var name in (string[])["InitNodeScripts", "InitNodeScriptSet"])
        {
            if (ApiResponse.Member(answer, name) is { AsList: { Count: > 0 } scripts, Origin: var origin })
            {
                warnings.Add(new ConfigDiagnostic(origin, NotRun(name, scripts)).ToString());
            }
        }

        if (ApiResponse.Member(answer, "ClusterId") is { Value: not "" } cluster)
        {
            result.AsTable![ClusterId] = cluster;
        }

        return result;
    }

    // Any list named …Options counts: a StorageOption may hold only kinds that a later API adds.
    private static bool IsKind(KeyValuePair<string, ConfigNode> member) =>
        Sections.ContainsKey(member.Key)
        || member.Key == Cos
        || (member.Key.EndsWith("Options", StringComparison.Ordinal) && member.Value.AsList is not null);

    private static bool IsOneOption(Dictionary<string, ConfigNode> table) =>
        !table.Any(IsKind) && Array.Exists(["LocalPath", "FileSystemId", "Masters"], table.ContainsKey);

    /// <summary>The list of StorageOption to which this option belongs.</summary>
    private static string KindOf(Dictionary<string, ConfigNode> option) =>
        UnmountableStorage.IsBucket(option) ? Cos : Sections.First(pair => pair.Value == StorageSections.For(Renamed(option))).Key;

    private static void Translate(
        Dictionary<string, ConfigNode> option, Dictionary<string, ConfigNode> result, ICollection<ConfigDiagnostic> diagnostics,
        ICollection<string> warnings)
    {
        foreach (var (name, list) in option)
        {
            if (!Sections.TryGetValue(name, out var section))
            {
                if ((name == Cos && list.AsTable is not null ? [list] : list.AsList) is { Count: > 0 } unknown)
                {
                    warnings.Add(NotMounted(name, list.Origin, unknown));
                }
            }
            else if (list.AsList is { } items && items.TrueForAll(item => item.AsTable is not null))
            {
                result[section] = list with { Value = Mountable(name, section, items, warnings) };
            }
            else if (list.Value is not "")
            {
                var kind = list.AsList is null ? list.Kind : Messages.MixedList;
                diagnostics.Add(new ConfigDiagnostic(list.Origin, Messages.ExpectedOptions(name, kind)));
            }
        }
    }

    /// <summary>Returns the options that a node can mount by itself. Others become warnings, so that the rest is still mounted.</summary>
    private static List<ConfigNode> Mountable(string name, string section, List<ConfigNode> items, ICollection<string> warnings)
    {
        List<ConfigNode> result = [];
        foreach (var item in items)
        {
            var fields = Renamed(item.AsTable!).Where(field => KeysOf[section].Contains(field.Key)).ToDictionary(StringComparer.Ordinal);
            if (UnmountableStorage.Reason(section, fields, result) is { } reason)
            {
                warnings.Add(new ConfigDiagnostic(item.Origin, $"{name} at {PathOf(item)} is not mounted: {reason}").ToString());
                continue;
            }

            if (section == StorageSections.Cfs
                && fields.GetValueOrDefault("storage_type") is { Value: string type } given
                && !CfsReader.KnowsStorageType(type))
            {
                var text = TerminalText.Quoted(type, 100);
                warnings.Add(new ConfigDiagnostic(
                    given.Origin,
                    $"{name} at {PathOf(item)}: StorageType \"{text}\" is not known to this version and is ignored").ToString());
                fields.Remove("storage_type");
            }

            result.Add(item with { Value = fields });
        }

        return result;
    }

    private static string NotMounted(string name, string origin, List<ConfigNode> items)
    {
        var more = items.Count > MaxPaths ? string.Create(CultureInfo.InvariantCulture, $" and {items.Count - MaxPaths} more") : "";
        var why = name == Cos
            ? UnmountableStorage.Bucket
            : $"this version supports {string.Join(", ", Sections.Keys.SkipLast(1))} and {Sections.Keys.Last()}";
        var paths = string.Join(", ", items.Take(MaxPaths).Select(PathOf));
        return new ConfigDiagnostic(origin, $"{TerminalText.Quoted(name, 100)} at {paths}{more} is not mounted: {why}").ToString();
    }

    private static string PathOf(ConfigNode option) => ApiResponse.Member(option, "LocalPath")?.Value is string { Length: > 0 } path
        ? TerminalText.Quoted(path, 100)
        : "an unnamed path";

    private static string NotRun(string name, List<ConfigNode> scripts)
    {
        static string Location(ConfigNode script) => ApiResponse.Member(script, "ScriptPath")?.Value is string { Length: > 0 } path
            ? TerminalText.Quoted(Url.WithoutSecrets(path), 100)
            : "an unnamed script";
        var paths = string.Join(", ", scripts.Take(MaxPaths).Select(Location));
        var more = scripts.Count > MaxPaths ? string.Create(CultureInfo.InvariantCulture, $" and {scripts.Count - MaxPaths} more") : "";
        return $"{name}: {paths}{more} is not run from this file; "
            + "add it to the configuration as an [[init_script]] with script_path and timeout";
    }

    private static Dictionary<string, ConfigNode> Renamed(Dictionary<string, ConfigNode> fields) =>
        fields.Where(field => Keys.ContainsKey(field.Key) && field.Value.Value is not "")
            .ToDictionary(field => Keys[field.Key], field => field.Value, StringComparer.Ordinal);
}
