using System.Text.RegularExpressions;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Configuration.Toml;

/// <summary>Explains why a text is not TOML, in the words of the person who wrote it. Pure.</summary>
internal static partial class TomlMistakes
{
    private const int MaxBefore = 40;
    private const int MaxColumns = 70;

    /// <summary>Explains the first syntax error.</summary>
    /// <param name="text">A text that the parser refuses, without byte-order mark.</param>
    /// <param name="at">Where the parser found its first error, from 0.</param>
    /// <param name="message">What the parser reports there.</param>
    public static ConfigDiagnostic Explain(string text, string file, int at, LocalizedText message)
    {
        at = Math.Clamp(at, 0, text.Length);
        var found = TomlScan.First(text);
        if (found is not null && Start(text, found.At) > Start(text, at))
        {
            found = null;
        }

        var line = Start(text, found?.At ?? at);
        var mistake = NotUtf8(text, line) ?? (found?.IsInString == true ? found : OfLine(text, line, found));
        return Diagnostic(text, file, mistake ?? found ?? Fallback(text, at, message));
    }

    private static ConfigDiagnostic Diagnostic(string text, string file, TomlMistake mistake)
    {
        var start = Start(text, mistake.At);
        var line = text[start..End(text, start)].TrimEnd();
        var before = text[start..mistake.At];
        var row = Row(text, start);
        var hasSecret = HasSecret(text, row);
        return new ConfigDiagnostic($"{file}:{row}:{before.EnumerateRunes().Count() + 1}", mistake.Text)
        {
            Excerpt = hasSecret || line.Length == 0 ? "" : Excerpt(line, before),
        };
    }

    /// <summary>Returns the line without its indentation, cut to the width of a terminal, and a caret.</summary>
    private static string Excerpt(string line, string before)
    {
        // Only the part that could be shown, which leaves room for characters without width.
        var indent = Math.Max(Math.Min(line.Length - line.TrimStart().Length, before.Length), before.Length - (10 * MaxBefore));
        var head = TerminalText.OneLine(before[indent..]);
        var end = Math.Min(line.Length, before.Length + (10 * MaxColumns));
        var tail = end > before.Length ? TerminalText.OneLine(line[before.Length..end]) : "";
        if (TerminalText.Columns(head) > MaxBefore)
        {
            while (TerminalText.Columns(head) >= MaxBefore)
            {
                head = head[(char.IsHighSurrogate(head[0]) ? 2 : 1)..];
            }

            head = "…" + head;
        }

        var shown = head + tail;
        while (TerminalText.Columns(shown) > MaxColumns && shown.Length > head.Length + 1)
        {
            shown = shown[..^(char.IsLowSurrogate(shown[^1]) ? 2 : 1)];
        }

        return $"  {shown}{(shown.Length < (head + tail).Length ? "…" : "")}\n  {new string(' ', TerminalText.Columns(head))}^";
    }

    /// <summary>Whether a line may contain a secret, such as the signature of a URL.</summary>
    private static bool HasSecret(string text, int row)
    {
        var (lines, shown) = (text.Split('\n'), Redactor.ByForm(text).Split('\n'));
        return lines.Length != shown.Length || lines[row - 1] != shown[row - 1];
    }

    private static TomlMistake? NotUtf8(string text, int line) => text.IndexOf('\uFFFD') is >= 0 and var at && at < End(text, line)
        ? new TomlMistake(at, Messages.NotUtf8)
        : null;

    private static TomlMistake? OfLine(string text, int start, TomlMistake? found)
    {
        var line = text[start..End(text, start)].TrimEnd();
        var first = start + line.Length - line.TrimStart().Length;
        if (JsonPattern().IsMatch(line))
        {
            return new TomlMistake(first, Messages.Json);
        }

        if (HeaderPattern().Match(line) is { Success: true } header)
        {
            var (open, close) = (header.Groups["open"].Value, header.Groups["close"].Value);
            return open.Length == close.Length ? null
                : close.Length == 0 ? new TomlMistake(start + header.Groups["name"].Index + header.Groups["name"].Length,
                    Messages.NoClosingHeader(new string(']', open.Length)))
                : new TomlMistake(
                    first, Messages.UnequalHeader(open, close, Header(header.Groups["name"].Value)));
        }

        if (PairPattern().Match(line) is { Success: true } pair)
        {
            var mayQuote = !HasSecret(text, Row(text, start));
            return OfValue(start + pair.Groups["value"].Index, pair.Groups["key"].Value, pair.Groups["value"].Value, mayQuote, found);
        }

        if (ColonPattern().Match(line) is { Success: true } colon)
        {
            return new TomlMistake(start + colon.Groups["colon"].Index, Messages.Colon);
        }

        return found is null && BarePattern().Match(line) is { Success: true } bare
            ? new TomlMistake(start + bare.Groups["end"].Index, Messages.NoEquals(bare.Groups["key"].Value))
            : null;
    }

    /// <param name="at">Where the value begins.</param>
    /// <param name="value">The rest of the line.</param>
    /// <param name="mayQuote">Whether the message may have the value, which is no secret.</param>
    private static TomlMistake? OfValue(int at, string key, string value, bool mayQuote, TomlMistake? found)
    {
        // Not Replace, whose parser of replacements would make the executable 50 KB larger.
        var bare = (CommentPattern().Match(value) is { Success: true } comment ? value[..comment.Index] : value).TrimEnd();
        if (bare.Length == 0)
        {
            return new TomlMistake(at, Messages.NoValue(key));
        }

        if (bare[0] is '"' or '\'')
        {
            var rest = ClosedPattern().Match(value).Groups["rest"];
            return !rest.Success || found?.At < at + rest.Index ? null
                : new TomlMistake(at + rest.Index, rest.Value[0] == ','
                    ? Messages.Comma
                    : Messages.TextAfterValue);
        }

        if (bare[0] is '[' or '{' || TomlScan.LookAlike(bare[0]) is not null)
        {
            return found;
        }

        if (Placeholder.In(bare) is { } placeholder)
        {
            return new TomlMistake(at + value.IndexOf(placeholder, StringComparison.Ordinal), Replace(placeholder));
        }

        if (ConfigKeys.All.FirstOrDefault(known => known.Name == key && known.Type == ConfigKeyType.Integer) is { } number)
        {
            return new TomlMistake(at, Messages.NotNumber(key, number.Number));
        }

        return bare[^1] is '"' or '\''
            ? new TomlMistake(at, Messages.NoOpeningQuote($"{bare[^1]}"))
            : new TomlMistake(at, Messages.NoQuotes(key, mayQuote && bare.Length <= 60 ? TerminalText.Quoted(bare) : "..."));
    }

    /// <summary>What to do about a placeholder.</summary>
    public static LocalizedText Replace(string placeholder) => Messages.Placeholder(TerminalText.Quoted(placeholder));

    private static TomlMistake Fallback(string text, int at, LocalizedText message) =>
        message.English.Contains("Missing a `,`", StringComparison.Ordinal)
            ? new TomlMistake(at, Messages.NoComma)
        : message.English.Contains("for a value", StringComparison.Ordinal)
            || message.English.Contains("closing `]`", StringComparison.Ordinal)
            ? new TomlMistake(at, Messages.NotListItem)
        : new TomlMistake(at, HasSecret(text, Row(text, at)) ? Messages.NotToml : Messages.NotTomlBecause(message));

    private static string Header(string name) =>
        ConfigSection.All.FirstOrDefault(section => section.Name == name)?.Header ?? $"[{name}]";

    private static int Row(string text, int at) => text.AsSpan(0, at).Count('\n') + 1;

    private static int Start(string text, int at) => at == 0 ? 0 : text.LastIndexOf('\n', at - 1) + 1;

    private static int End(string text, int start) => text.IndexOf('\n', start) is >= 0 and var end ? end : text.Length;

    [GeneratedRegex(@"^\s*(?:\{(?!\s*[A-Za-z_]+\s*=)|""[^""]*""\s*:)")]
    private static partial Regex JsonPattern();

    [GeneratedRegex(@"^\s*(?<open>\[\[?)(?<name>[A-Za-z_]+)(?<close>\]{0,2})\s*(?:#.*)?$")]
    private static partial Regex HeaderPattern();

    [GeneratedRegex(@"^\s*(?<key>[A-Za-z0-9_.-]+)\s*=\s*(?<value>.*)$")]
    private static partial Regex PairPattern();

    [GeneratedRegex(@"^\s*[A-Za-z_]+\s*(?<colon>:)(?:\s|$)")]
    private static partial Regex ColonPattern();

    [GeneratedRegex(@"^\s*(?<key>[A-Za-z0-9_.-]+)(?<end>)(?:\s+[""'0-9A-Za-z].*)?$")]
    private static partial Regex BarePattern();

    [GeneratedRegex(@"(?:^|\s)#.*$")]
    private static partial Regex CommentPattern();

    [GeneratedRegex(@"^(?:""(?!"")(?:[^""\\]|\\.)*""|'(?!')[^']*'|""""(?!"")|''(?!'))\s*(?<rest>[^\s#].*)$")]
    private static partial Regex ClosedPattern();
}
