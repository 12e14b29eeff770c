using Tomlyn.Syntax;

namespace Thpc.NodeAgent.Configuration.Toml;

/// <summary>
/// The lines of one table or key in a TOML text. They can be removed without changing any other byte. Counted in lines, because the
/// parser's offsets ignore a byte-order mark, and TOML has at most one key or header per line.
/// </summary>
/// <param name="First">The first line, from 0.</param>
/// <param name="Last">The last line, inclusive.</param>
/// <param name="WithBlank">Whether a blank line before them is removed too.</param>
internal sealed record TomlLines(int First, int Last, bool WithBlank)
{
    /// <summary>The lines of a table, from its header to its last key.</summary>
    public static TomlLines From(TableSyntaxBase table) => new(
        table.OpenBracket!.Span.Start.Line,
        table.Items.Select(item => item.Value!.Span.End.Line).Append(table.CloseBracket!.Span.End.Line).Max(),
        WithBlank: true);

    public static TomlLines From(KeyValueSyntax pair) => new(pair.EqualToken!.Span.Start.Line, pair.Value!.Span.End.Line, WithBlank: false);

    /// <summary>The parts of a dotted key, such as cluster and id; null if a part is neither bare nor quoted.</summary>
    public static IReadOnlyList<string>? Path(KeySyntax? key)
    {
        List<string?> words = [Word(key?.Key), .. key?.DotKeys.Select(dot => Word(dot.Key)) ?? []];
        return words.Contains(null) ? null : [.. words.OfType<string>()];
    }

    /// <summary>Returns the text without these lines.</summary>
    public string Without(string text)
    {
        var mark = text.StartsWith('\uFEFF') ? 1 : 0;
        List<string> lines = [.. text[mark..].Split('\n')];
        var first = WithBlank && First > 0 && string.IsNullOrWhiteSpace(lines[First - 1]) ? First - 1 : First;

        // The last line has no line break of its own: when it is removed, the line before it keeps its line break.
        var atEnd = Last == lines.Count - 1;
        lines.RemoveRange(first, Last - first + 1);
        return text[..mark] + string.Join('\n', atEnd && lines.Count > 0 ? lines.Append("") : lines);
    }

    private static string? Word(BareKeyOrStringValueSyntax? word) => word switch
    {
        BareKeySyntax bare => bare.Key?.Text,
        StringValueSyntax quoted => quoted.Value,
        _ => null,
    };
}
