using Tomlyn;
using Tomlyn.Parsing;
using Tomlyn.Serialization;

namespace Thpc.NodeAgent.Config;

/// <summary>TOML text to nodes that know their lines.</summary>
internal static class TomlText
{
    /// <summary>Reads a document. Every syntax error becomes a complaint; then the result is null.</summary>
    public static ConfigNode? Parse(string text, string file, ICollection<Complaint> complaints)
    {
        // The reader takes a key that is given twice; the validating parser names it, and all other errors at once.
        var document = SyntaxParser.Parse(text, file, validate: true);
        if (document.HasErrors)
        {
            foreach (var error in document.Diagnostics)
            {
                complaints.Add(new Complaint($"{file}:{error.Span.Start.Line + 1}", error.Message));
            }

            return null;
        }

        var reader = TomlReader.Create(text, TomlSerializerOptions.Default);
        while (reader.TokenType is TomlTokenType.None or TomlTokenType.StartDocument)
        {
            reader.Read();
        }

        try
        {
            return Read(reader, $"{file}:1", file);
        }
        catch (TomlException e)
        {
            complaints.Add(new Complaint($"{file}:{e.Line ?? 1}", e.Message));
            return null;
        }
    }

    private static ConfigNode Read(TomlReader reader, string parentOrigin, string file)
    {
        // Tables of an array have no line of their own: the key's line is the nearest.
        var origin = reader.Line > 0 ? $"{file}:{reader.Line}" : parentOrigin;
        object value;
        switch (reader.TokenType)
        {
            case TomlTokenType.StartTable:
                var table = new Dictionary<string, ConfigNode>(StringComparer.Ordinal);
                reader.Read();
                while (reader.TokenType != TomlTokenType.EndTable)
                {
                    var key = reader.PropertyName!;
                    var keyOrigin = reader.Line > 0 ? $"{file}:{reader.Line}" : origin;
                    reader.Read();
                    table[key] = Read(reader, keyOrigin, file);
                }

                value = table;
                origin = reader.Line > 0 || table.Count == 0 ? origin : table.Values.First().Origin;
                break;
            case TomlTokenType.StartArray:
                var list = new List<ConfigNode>();
                reader.Read();
                while (reader.TokenType != TomlTokenType.EndArray)
                {
                    list.Add(Read(reader, origin, file));
                }

                value = list;
                break;
            case TomlTokenType.String:
                value = reader.GetString();
                break;
            case TomlTokenType.Integer:
                value = reader.GetInt64();
                break;
            case TomlTokenType.Float:
                value = reader.GetDouble();
                break;
            case TomlTokenType.Boolean:
                value = reader.GetBoolean();
                break;
            default:
                value = reader.GetRawText();
                break;
        }

        reader.Read();
        return new ConfigNode(value, origin);
    }
}
