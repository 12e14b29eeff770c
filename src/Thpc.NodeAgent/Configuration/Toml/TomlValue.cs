using System.Globalization;
using System.Text;

namespace Thpc.NodeAgent.Configuration.Toml;

/// <summary>Formats values as TOML, each on one line.</summary>
internal static class TomlValue
{
    /// <summary>Returns the value's text; null for a kind that storage does not use (fraction, date, table).</summary>
    public static string? Format(ConfigNode node) => node.Value switch
    {
        string text => Quoted(text),
        long number => number.ToString(CultureInfo.InvariantCulture),
        bool flag => flag ? "true" : "false",
        List<ConfigNode> list => List([.. list.Select(Format)]),
        _ => null,
    };

    private static string? List(List<string?> items) => items.Contains(null) ? null : $"[{string.Join(", ", items)}]";

    private static string Quoted(string text)
    {
        var result = new StringBuilder("\"");
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            var pair = char.IsSurrogatePair(text, i);
            _ = c switch
            {
                '"' or '\\' => result.Append('\\').Append(c),
                '\n' => result.Append("\\n"),
                '\r' => result.Append("\\r"),
                '\t' => result.Append("\\t"),
                _ when pair => result.Append(c).Append(text[++i]),

                // Characters that move a terminal's cursor or are invisible in an editor, and U+FFFD, which Tomlyn 2.10 takes for half a
                // surrogate pair. A real half is invalid as an escape too: the text is refused when it is parsed again.
                _ when char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029' or '\uFEFF' or '\uFFFD' =>
                    result.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}"),
                _ => result.Append(c),
            };
        }

        return result.Append('"').ToString();
    }
}
