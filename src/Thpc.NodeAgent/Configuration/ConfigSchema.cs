using System.Text.Json;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Configuration;

/// <summary>
/// The configuration as a JSON schema, for editors. It lists the keys with their types and ranges. Rules about
/// the form of a path or URL, and rules between keys, are only in the readers.
/// </summary>
internal static class ConfigSchema
{
    // The draft that most editors for TOML read.
    private const string Draft = "http://json-schema.org/draft-07/schema#";

    public static void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("$schema", Draft);
        writer.WriteString("title", "Configuration of thpc-node-agent");
        writer.WriteString("description", "/etc/thpc/node-agent.toml");
        WriteTable(writer, () =>
        {
            foreach (var section in ConfigSection.All)
            {
                writer.WriteStartObject(section.Name);
                writer.WriteString("description", section.Meaning.English);
                if (section.IsRepeated)
                {
                    writer.WriteString("type", "array");
                    writer.WriteStartObject("items");
                }

                WriteSection(writer, section);
                if (section.IsRepeated)
                {
                    writer.WriteEndObject();
                }

                writer.WriteEndObject();
            }
        });
        writer.WriteEndObject();
    }

    private static void WriteSection(Utf8JsonWriter writer, ConfigSection section)
    {
        WriteTable(writer, () =>
        {
            foreach (var key in section.Keys)
            {
                writer.WriteObject(key.Name, () => WriteKey(writer, key));
            }
        });

        // What [cluster] needs may come from flags or the environment; then it may be absent in the file.
        if (section.IsRepeated)
        {
            writer.WriteTexts("required", section.Keys.Where(key => key.IsRequired).Select(key => key.Name));
        }
    }

    private static void WriteTable(Utf8JsonWriter writer, Action writeProperties)
    {
        writer.WriteString("type", "object");
        writer.WriteBoolean("additionalProperties", false);
        writer.WriteStartObject("properties");
        writeProperties();
        writer.WriteEndObject();
    }

    private static void WriteKey(Utf8JsonWriter writer, ConfigKey key)
    {
        writer.WriteString("description", key.Meaning.English);
        switch (key.Type)
        {
            case ConfigKeyType.Integer:
                writer.WriteString("type", "integer");
                writer.WriteNumber("minimum", key.Min);
                writer.WriteNumber("maximum", key.Max);
                writer.WriteNumber("default", key.Number);
                break;
            case ConfigKeyType.Boolean:
                writer.WriteString("type", "boolean");
                writer.WriteBoolean("default", key.Default == "true");
                break;
            case ConfigKeyType.Text:
                WriteText(writer, key);
                if (key.IsRequired)
                {
                    writer.WriteNumber("minLength", 1);
                }

                if (key.Default is not null)
                {
                    writer.WriteString("default", key.Default);
                }

                break;
            default:
                WriteList(writer, key);
                break;
        }
    }

    private static void WriteList(Utf8JsonWriter writer, ConfigKey key)
    {
        if (key.Type == ConfigKeyType.List)
        {
            writer.WriteString("type", "array");
        }
        else
        {
            writer.WriteTexts("type", ["array", "string"]);
        }

        writer.WriteObject("items", () => WriteText(writer, key));
        if (key.IsRequired)
        {
            writer.WriteNumber("minItems", 1);
            writer.WriteNumber("minLength", 1);
        }

        if (key.Max > 0)
        {
            writer.WriteNumber("maxItems", key.Max);
        }
    }

    private static void WriteText(Utf8JsonWriter writer, ConfigKey key)
    {
        writer.WriteString("type", "string");
        if (key.Pattern is not null)
        {
            writer.WriteString("pattern", $"^(?:{key.Pattern})$");
        }

        if (key.Choices.Count == 0)
        {
            return;
        }

        // Editors offer what is in the enumeration; the patterns take the other spellings.
        writer.WriteStartArray("anyOf");
        writer.WriteStartObject();
        writer.WriteTexts("enum", key.Choices);
        writer.WriteEndObject();
        foreach (var choice in key.Choices)
        {
            writer.WriteStartObject();
            writer.WriteString("pattern", $"^{AnyCase(choice)}$");
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    /// <summary>A pattern that takes the word in any case. JSON Schema has no option for that.</summary>
    private static string AnyCase(string word) => string.Concat(word.Select(c =>
        char.IsAsciiLetter(c) ? $"[{char.ToUpperInvariant(c)}{char.ToLowerInvariant(c)}]"
        : c == '_' ? "_?" // The API writes ManagerBackup.
        : c == '.' ? "[.]"
        : $"{c}"));
}
