using Tomlyn.Syntax;

namespace Thpc.NodeAgent.Configuration.Toml;

/// <summary>
/// Lines of a TOML text that belong to one thing and can be taken out, every other byte as it was. In lines and not in offsets,
/// because a byte-order mark is in no offset of the parser; TOML has one key a line, and a header has its line alone.
/// </summary>
/// <param name="First">From 0.</param>
/// <param name="Last">The last one of them.</param>
/// <param name="WithBlank">Whether a blank line before it goes too.</param>
internal sealed record TomlLines(int First, int Last, bool WithBlank)
{
    /// <summary>A table from its header to its last key.</summary>
    public static TomlLines From(TableSyntaxBase table) => new(
        table.OpenBracket!.Span.Start.Line,
        table.Items.Select(item => item.Value!.Span.End.Line).Append(table.CloseBracket!.Span.End.Line).Max(),
        WithBlank: true);

    public static TomlLines From(KeyValueSyntax pair) => new(pair.EqualToken!.Span.Start.Line, pair.Value!.Span.End.Line, WithBlank: false);

    /// <summary>The words of a key, such as cluster and id; null where one of them is of a kind that is not known.</summary>
    public static IReadOnlyList<string>? Path(KeySyntax? key)
    {
        List<string?> words = [Word(key?.Key), .. key?.DotKeys.Select(dot => Word(dot.Key)) ?? []];
        return words.Contains(null) ? null : [.. words.OfType<string>()];
    }

    /// <summary>The text without them.</summary>
    public string Without(string text)
    {
        var mark = text.StartsWith('\uFEFF') ? 1 : 0;
        List<string> lines = [.. text[mark..].Split('\n')];
        var first = WithBlank && First > 0 && string.IsNullOrWhiteSpace(lines[First - 1]) ? First - 1 : First;

        // The last line has no end of its own; when it goes, the one before it keeps its end.
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
