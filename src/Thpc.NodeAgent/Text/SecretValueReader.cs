namespace Thpc.NodeAgent.Text;

/// <summary>Finds where a value ends, and reads the text around it.</summary>
internal static class SecretValueReader
{
    /// <summary>How many characters back <see cref="WordsBefore"/> reads.</summary>
    private const int MaxLookBack = 256;

    public static int SkipBlanks(string text, int at)
    {
        while (at < text.Length && text[at] is ' ' or '\t')
        {
            at++;
        }

        return at;
    }

    public static int SkipSpace(string text, int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at]))
        {
            at++;
        }

        return at;
    }

    /// <summary>Skips a quote and the backslash that precedes it inside a JSON string.</summary>
    public static int SkipQuote(string text, int at)
    {
        var quote = at < text.Length && text[at] == '\\' ? at + 1 : at;
        return quote < text.Length && text[quote] is '"' or '\'' ? quote + 1 : at;
    }

    /// <param name="stop">One more character that ends a value without quotes.</param>
    /// <returns>The index after the value; <paramref name="at"/> if there is no value.</returns>
    public static int End(string text, int at, char stop)
    {
        var open = at < text.Length && text[at] == '$' ? at + 1 : at;
        var inner = SkipQuote(text, open);
        if (inner > open)
        {
            return EndOfQuoted(text, inner, isEscaped: inner - open > 1);
        }

        while (at < text.Length && !char.IsWhiteSpace(text[at]) && text[at] is not ('"' or '\'' or ',' or ';' or '&') && text[at] != stop)
        {
            at++;
        }

        return at;
    }

    /// <summary>The words before an index, in the same command.</summary>
    public static string[] WordsBefore(string text, int at)
    {
        var before = text.AsSpan(Math.Max(0, at - MaxLookBack), Math.Min(at, MaxLookBack));
        return before[(before.LastIndexOfAny("\n;|&") + 1)..].ToString()
            .Split([' ', '\t', '"', '\'', ','], StringSplitOptions.RemoveEmptyEntries);
    }

    private static int EndOfQuoted(string text, int at, bool isEscaped)
    {
        var quote = text[at - 1];
        var triple = new string(quote, 3);
        if (!isEscaped && text.AsSpan(at - 1).StartsWith(triple, StringComparison.Ordinal))
        {
            var close = text.IndexOf(triple, at + 2, StringComparison.Ordinal);
            return close < 0 ? text.Length : close + triple.Length;
        }

        for (; at < text.Length && text[at] is not ('\r' or '\n'); at++)
        {
            if (text[at] == quote)
            {
                return at + 1;
            }

            if (text[at] == '\\' && quote == '"' && !isEscaped && at + 1 < text.Length && text[at + 1] is not ('\r' or '\n'))
            {
                at++;
            }
        }

        return at;
    }
}
