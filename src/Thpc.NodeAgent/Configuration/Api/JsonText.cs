using System.Text;
using System.Text.Json;
using Thpc.NodeAgent.Configuration.Toml;

namespace Thpc.NodeAgent.Configuration.Api;

/// <summary>Parses JSON text into nodes that keep their line numbers.</summary>
internal static class JsonText
{
    /// <summary>
    /// Parses one value; comments and trailing commas are allowed. JSON's null becomes an empty string. Returns null after a diagnostic.
    /// </summary>
    public static ConfigNode? Parse(string text, string file, ICollection<ConfigDiagnostic> diagnostics)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var reader =
            new Utf8JsonReader(bytes, new JsonReaderOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
        try
        {
            reader.Read();
            var root = Read(ref reader, bytes, file);
            reader.Read();
            return root;
        }
        catch (JsonException e)
        {
            diagnostics.Add(new ConfigDiagnostic($"{file}:{(e.LineNumber ?? 0) + 1}", Messages.NotJson(e.Message)));
        }
        catch (InvalidOperationException)
        {
            // An escape of half a surrogate pair is well-formed JSON, but not a valid string.
            diagnostics.Add(new ConfigDiagnostic($"{file}:{LineAt(bytes, reader.TokenStartIndex)}", Messages.InvalidJsonEscape));
        }

        return null;
    }

    private static int LineAt(byte[] bytes, long index) => bytes.AsSpan(0, (int)index).Count((byte)'\n') + 1;

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
                // The API writes null for a field without a value.
                value = "";
                break;
        }

        return new ConfigNode(value, origin);
    }
}
