using System.Globalization;

namespace Thpc.NodeAgent.Config;

/// <summary>
/// The API's StorageOption (thpc 2023-03-21), alone or inside a whole DescribeClusterStorageOption answer or AddClusterStorageOption
/// request, or one option of it alone, as the nodes that the same storage would be in the agent's own TOML.
/// </summary>
internal static class StorageOptionJson
{
    /// <summary>The key of the result under which ClusterId is, where the text has it.</summary>
    public const string ClusterId = "cluster_id";

    private const int MostPlaces = 8;

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

    /// <summary>Reads the text. Keys the API may add later are passed over, whole kinds of storage with a warning; what is no JSON at all is a complaint.</summary>
    /// <returns>A table of lists named as the TOML sections are, and <see cref="ClusterId"/>; null after a complaint.</returns>
    public static ConfigNode? Parse(string text, string file, ICollection<Complaint> complaints, ICollection<string> warnings)
    {
        if (JsonText.Parse(text, file, complaints) is not { } root || ApiAnswer.Open(root, complaints) is not { } answer)
        {
            return null;
        }

        var option = ApiAnswer.Member(answer, "StorageOption") ?? answer;
        var alone = ReferenceEquals(option, root);
        var result = ConfigNode.Table($"{file}:1");
        var table = alone || !ReferenceEquals(option, answer) ? option.AsTable : null;
        if (table is not null && table.ContainsKey("LocalPath") && !table.Any(IsKind))
        {
            var fields = Renamed(table);
            result.AsTable![StorageSections.Of(fields)] = new ConfigNode(new List<ConfigNode> { option with { Value = fields } }, option.Origin);
        }
        else if (table is not null && (!alone || table.Count == 0 || table.Any(IsKind)))
        {
            Translate(table, result.AsTable!, complaints, warnings);
        }
        else if (alone || option.Value is not "")
        {
            complaints.Add(new Complaint(option.Origin, "holds no StorageOption; expected an object such as {\"CFSOptions\": [...]}, alone, in StorageOption or in Response.StorageOption, or one option such as {\"LocalPath\": \"/data\", ...}"));
            return null;
        }

        if (ApiAnswer.Member(answer, "ClusterId") is { Value: not "" } cluster)
        {
            result.AsTable![ClusterId] = cluster;
        }

        return result;
    }

    // A StorageOption with nothing but kinds of a later API is one too.
    private static bool IsKind(KeyValuePair<string, ConfigNode> member) =>
        Sections.ContainsKey(member.Key) || (member.Key.EndsWith("Options", StringComparison.Ordinal) && member.Value.AsList is not null);

    private static void Translate(Dictionary<string, ConfigNode> option, Dictionary<string, ConfigNode> result, ICollection<Complaint> complaints, ICollection<string> warnings)
    {
        foreach (var (name, list) in option)
        {
            if (!Sections.TryGetValue(name, out var section))
            {
                if (list.AsList is { Count: > 0 } unknown)
                {
                    warnings.Add(NotMounted(name, list.Origin, unknown));
                }
            }
            else if (list.AsList is { } items && items.TrueForAll(item => item.AsTable is not null))
            {
                result[section] = list with { Value = items.ConvertAll(item => item with { Value = Renamed(item.AsTable!) }) };
            }
            else if (list.Value is not "")
            {
                complaints.Add(new Complaint(list.Origin, $"{name}: is {list.Kind}{(list.AsList is null ? "" : " of other things")}, expected a list of objects such as [{{\"LocalPath\": \"/data\", …}}]"));
            }
        }
    }

    private static string NotMounted(string name, string origin, List<ConfigNode> items)
    {
        List<string> places = [.. items.Take(MostPlaces).Select(item => ApiAnswer.Member(item, "LocalPath")?.Value is string { Length: > 0 } path ? Complaint.Printable(path, 100) : "an unnamed place")];
        var more = items.Count > MostPlaces ? string.Create(CultureInfo.InvariantCulture, $" and {items.Count - MostPlaces} more") : "";
        return new Complaint(origin, $"{Complaint.Printable(name, 100)} at {string.Join(", ", places)}{more} is not mounted: this version knows CFSOptions, GooseFSOptions and GooseFSxOptions").ToString();
    }

    private static Dictionary<string, ConfigNode> Renamed(Dictionary<string, ConfigNode> fields) =>
        fields.Where(field => Keys.ContainsKey(field.Key) && field.Value.Value is not "").ToDictionary(field => Keys[field.Key], field => field.Value, StringComparer.Ordinal);
}
