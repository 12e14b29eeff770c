using System.Text.RegularExpressions;
using Thpc.NodeAgent.Errors;
using Tomlyn;
using Tomlyn.Parsing;
using Tomlyn.Serialization;

namespace Thpc.NodeAgent.Configuration.Toml;

/// <summary>Parses TOML text into nodes that keep their line numbers.</summary>
internal static partial class TomlText
{
    /// <summary>Parses a document. The first syntax error becomes a diagnostic; the result is then null.</summary>
    public static ConfigNode? Parse(string text, string file, ICollection<ConfigDiagnostic> diagnostics)
    {
        try
        {
            // The reader accepts duplicate keys; the validating parser reports them and all other errors.
            var document = SyntaxParser.Parse(text, file, validate: true);
            if (document.HasErrors)
            {
                // Only the first, because the others may be its consequences.
                var error = document.Diagnostics.MinBy(error => (error.Span.Start.Line, error.Span.Start.Column))!;
                diagnostics.Add(TwicePattern().Match(error.Message) is { Success: true } twice
                    ? new ConfigDiagnostic(
                        $"{file}:{error.Span.Start.Line + 1}", Twice(twice.Groups["key"].Value, twice.Groups["line"].Value))
                    : Explain(text, file, error.Span.Start.Line + 1, error.Span.Start.Column + 1, error.Message));
                return null;
            }

            var reader = TomlReader.Create(text, TomlSerializerOptions.Default);
            while (reader.TokenType is TomlTokenType.None or TomlTokenType.StartDocument)
            {
                reader.Read();
            }

            return Read(reader, $"{file}:1", file);
        }
        catch (TomlException e)
        {
            diagnostics.Add(Explain(text, file, e.Line ?? 1, e.Column ?? 1, e.Message));
            return null;
        }
        catch (ArgumentException)
        {
            // Tomlyn 2.10 throws this for an incomplete escape at the end of the file and for an escape that is not a character.
            diagnostics.Add(Explain(text, file, LineOfEscape(text), 1, Messages.InvalidEscapeInString));
            return null;
        }
    }

    /// <param name="line">Where the parser found its first error, from 1.</param>
    /// <param name="column">From 1.</param>
    private static ConfigDiagnostic Explain(string text, string file, int line, int column, LocalizedText message)
    {
        // The parser's positions ignore a byte-order mark.
        var body = text.TrimStart('\uFEFF');
        var at = 0;
        for (; line > 1 && body.IndexOf('\n', at) is >= 0 and var end; line--)
        {
            at = end + 1;
        }

        return TomlMistakes.Explain(body, file, Math.Min(at + column - 1, body.Length), message);
    }

    /// <summary>
    /// Finds the line of an invalid escape, which the exception does not name: the last line of the shortest beginning of the text on
    /// which the parser throws.
    /// </summary>
    private static int LineOfEscape(string text)
    {
        int[] ends = [.. Enumerable.Range(0, text.Length).Where(i => text[i] == '\n'), text.Length];
        var (good, bad) = (-1, ends.Length - 1);
        while (bad - good > 1)
        {
            var middle = (good + bad) / 2;
            try
            {
                SyntaxParser.Parse(text[..ends[middle]] + "\n", "", validate: true);
                good = middle;
            }
            catch (ArgumentException)
            {
                bad = middle;
            }
        }

        return bad + 1;
    }

    /// <summary>The message about a duplicate key. The parser's own quotes the first value, which may contain a signature.</summary>
    private static LocalizedText Twice(string key, string line) =>
        ConfigSection.All.Any(section => section.IsRepeated && section.Name == key)
            ? Messages.TableTwice(key, line)
            : Messages.KeyTwice(key, line);

    private static ConfigNode Read(TomlReader reader, string parentOrigin, string file)
    {
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
                    Add(table, key, Read(reader, keyOrigin, file));
                }

                value = table;
                break;
            case TomlTokenType.StartArray:
                var list = new List<ConfigNode>();
                reader.Read();
                while (reader.TokenType != TomlTokenType.EndArray)
                {
                    var item = Read(reader, origin, file);

                    // The reader gives all tables of an array the line of the first [[…]]; the line of the first key is closer.
                    list.Add(item.AsTable is { Count: > 0 } keys ? item with { Origin = keys.Values.First().Origin } : item);
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
                value = new TomlDate(reader.GetRawText());
                break;
        }

        reader.Read();
        return new ConfigNode(value, origin);
    }

    /// <summary>
    /// Adds a part of a table. Tables and arrays of tables may be split, with others between the parts; the validating parser has
    /// already refused real duplicates.
    /// </summary>
    private static void Add(Dictionary<string, ConfigNode> table, string key, ConfigNode part)
    {
        if (table.TryAdd(key, part))
        {
            return;
        }

        table[key].AsList?.AddRange(part.AsList ?? []);
        foreach (var (inner, value) in part.AsTable ?? [])
        {
            Add(table[key].AsTable ?? [], inner, value);
        }
    }

    [GeneratedRegex("^The key `(?<key>[^`]*)` is already defined at \\((?<line>[0-9]+),[0-9]+\\) with ", RegexOptions.Singleline)]
    private static partial Regex TwicePattern();
}
