using System.Text;
using System.Text.Json;

namespace Thpc.NodeAgent.Config;

/// <summary>
/// The API's StorageOption (thpc 2023-03-21), alone or inside a whole DescribeClusterStorageOption answer,
/// as the nodes that the same storage would be in the agent's own TOML.
/// </summary>
internal static class StorageOptionJson
{
    private static readonly Dictionary<string, string> Sections = new(StringComparer.Ordinal)
    {
        ["CFSOptions"] = "cfs",
        ["GooseFSOptions"] = "goosefs",
        ["GooseFSxOptions"] = "goosefsx",
        ["CosOptions"] = "cos_options",
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

    /// <summary>Reads the text. Keys the API may add later are passed over; what is no JSON at all is a complaint.</summary>
    /// <returns>A table of lists named as the TOML sections are; null after a complaint.</returns>
    public static ConfigNode? Parse(string text, string file, ICollection<Complaint> complaints)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
        try
        {
            reader.Read();
            var root = Read(ref reader, bytes, file);
            reader.Read();
            var answer = Member(root, "Response") ?? root;
            var option = Member(answer, "StorageOption") ?? answer;
            if (answer.AsTable?.GetValueOrDefault("Error") is { } error)
            {
                var words = string.Join(": ", from key in (string[])["Code", "Message"] let word = Member(error, key)?.Value as string where word is not null select word);
                complaints.Add(new Complaint(error.Origin, $"this is an error of the API ({words}), not its answer; ask it again"));
            }
            else if (option.Value is "" && !ReferenceEquals(option, root))
            {
                return ConfigNode.Table(option.Origin);
            }
            else if (option.AsTable is { } table && (ReferenceEquals(option, root) ? table.Count == 0 || table.Keys.Any(Sections.ContainsKey) : !ReferenceEquals(option, answer)))
            {
                return Translate(table, file, complaints);
            }
            else
            {
                complaints.Add(new Complaint(option.Origin, "holds no StorageOption; expected an object such as {\"CFSOptions\": [...]}, alone, in StorageOption or in Response.StorageOption"));
            }
        }
        catch (JsonException e)
        {
            complaints.Add(new Complaint($"{file}:{(e.LineNumber ?? 0) + 1}", "this is not JSON: " + e.Message));
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair as an escape is well-formed JSON and yet no string.
            complaints.Add(new Complaint($"{file}:{LineAt(bytes, reader.TokenStartIndex)}", "a string here has an escape that is no character (\\ud800 to \\udfff stand in pairs only)"));
        }

        return null;
    }

    private static int LineAt(byte[] bytes, long index) => bytes.AsSpan(0, (int)index).Count((byte)'\n') + 1;

    private static ConfigNode? Member(ConfigNode node, string key) => node.AsTable?.GetValueOrDefault(key);

    private static ConfigNode Translate(Dictionary<string, ConfigNode> option, string file, ICollection<Complaint> complaints)
    {
        var result = ConfigNode.Table($"{file}:1");
        foreach (var (name, section) in Sections)
        {
            if (!option.TryGetValue(name, out var list) || list.Value is "")
            {
                continue;
            }

            if (list.AsList is { } items && items.TrueForAll(item => item.AsTable is not null))
            {
                result.AsTable![section] = list with { Value = items.ConvertAll(item => item with { Value = Renamed(item.AsTable!) }) };
            }
            else
            {
                complaints.Add(new Complaint(list.Origin, $"{name}: is {list.Kind}{(list.AsList is null ? "" : " of other things")}, expected a list of objects such as [{{\"LocalPath\": \"/data\", …}}]"));
            }
        }

        return result;
    }

    private static Dictionary<string, ConfigNode> Renamed(Dictionary<string, ConfigNode> fields) =>
        fields.Where(field => Keys.ContainsKey(field.Key) && field.Value.Value is not "").ToDictionary(field => Keys[field.Key], field => field.Value, StringComparer.Ordinal);

    private static ConfigNode Read(ref Utf8JsonReader reader, byte[] bytes, string file)
    {
        var origin = $"{file}:{LineAt(bytes, reader.TokenStartIndex)}";
        object value;
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                var table = new Dictionary<string, ConfigNode>(StringComparer.Ordinal);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var key = reader.GetString()!;
                    reader.Read();
                    table[key] = Read(ref reader, bytes, file);
                }

                value = table;
                break;
            case JsonTokenType.StartArray:
                var list = new List<ConfigNode>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    list.Add(Read(ref reader, bytes, file));
                }

                value = list;
                break;
            case JsonTokenType.String:
                value = reader.GetString()!;
                break;
            case JsonTokenType.Number when reader.TryGetInt64(out var number):
                value = number;
                break;
            case JsonTokenType.Number:
                value = reader.GetDouble();
                break;
            case JsonTokenType.True or JsonTokenType.False:
                value = reader.GetBoolean();
                break;
            default:
                // The API writes null where a field has no value.
                value = "";
                break;
        }

        return new ConfigNode(value, origin);
    }
}
