using System.Buffers;
using System.Globalization;

namespace Thpc.NodeAgent.Configuration.Toml;

/// <summary>
/// Follows the strings, comments and brackets of a text up to the first mistake in them. Only for texts that the parser refuses: it finds
/// where a string began that has no end, which the parser reports at the place where it gave up.
/// </summary>
internal sealed class TomlScan
{
    private const string Escapes = "btnfre\"\\";

    // What keyboards and word processors write in place of the ASCII character.
    private static readonly (string Found, char Right)[] LookAlikes =
    [
        ("“”„‟＂«»「」『』″", '"'), ("‘’‚‛＇′´", '\''), ("＝", '='), ("，、", ','), ("［【〔", '['), ("］】〕", ']'),
        ("＃", '#'), ("．。", '.'), ("：", ':'), ("－–—", '-'), ("｛", '{'), ("｝", '}'),
        ("\u00A0\u3000\u2002\u2003\u2009\u202F\u200B\u200C\u200D\u2060\uFEFF", ' '),
    ];

    private static readonly SearchValues<char> TypographicQuotes = SearchValues.Create("“”„‟＂″‘’＇′");

    private readonly string _text;
    private readonly Stack<int> _open = new();
    private int _at;
    private bool _isLineEmpty = true; // up to _at

    private TomlScan(string text) => _text = text;

    /// <returns>The first mistake; null if strings, comments and brackets are in order.</returns>
    public static TomlMistake? First(string text) => new TomlScan(text).Run();

    /// <returns>The ASCII character for which this one was written; null if it has no such meaning.</returns>
    public static char? LookAlike(char c) =>
        Array.Find(LookAlikes, pair => pair.Found.Contains(c, StringComparison.Ordinal)) is { Found: not null } pair ? pair.Right : null;

    public static TomlMistake Describe(int at, char found) => LookAlike(found) switch
    {
        ' ' => new TomlMistake(at, Messages.Blank(CodePoint(found))),
        '"' or '\'' => new TomlMistake(at, Messages.TypographicQuote(Name(found))),
        var right => new TomlMistake(at, Messages.NotAscii(Name(found), $"{right}")),
    };

    // In the locale C the character is printed as the one it resembles.
    private static string Name(char c) => $"{c} ({CodePoint(c)})";

    private static string CodePoint(char c) => string.Create(CultureInfo.InvariantCulture, $"U+{(int)c:X4}");

    private TomlMistake? Run()
    {
        for (_at = 0; _at < _text.Length; _at++)
        {
            var mistake = _text[_at] switch
            {
                '"' or '\'' => String(_text[_at]),
                '#' => Comment(),
                '[' or '{' => Open(),
                ']' or '}' => Close(),
                '=' when _open.Count > 0 && _text[_open.Peek()] == '[' => Unclosed(),
                var c => LookAlike(c) is null ? null : Describe(_at, c),
            };
            if (mistake is not null)
            {
                return mistake;
            }

            _isLineEmpty = _text[_at] == '\n' || (_isLineEmpty && char.IsWhiteSpace(_text[_at]));
        }

        return Unclosed();
    }

    private TomlMistake? Comment()
    {
        _at = End(_at) - 1;
        return null;
    }

    /// <summary>Opens a list or a table of a value; the brackets of a header are passed over.</summary>
    private TomlMistake? Open()
    {
        if (!_isLineEmpty)
        {
            _open.Push(_at);
            return null;
        }

        if (_open.Count > 0 && IsStatement(_at))
        {
            return Unclosed();
        }

        if (_open.Count > 0)
        {
            _open.Push(_at);
        }

        return null;
    }

    private TomlMistake? Close()
    {
        _open.TryPop(out _);
        return null;
    }

    private TomlMistake? Unclosed() => _open.Count == 0 ? null
        : new TomlMistake(_open.Peek(), _text[_open.Peek()] == '[' ? Messages.NoClosing("[", "]") : Messages.NoClosing("{", "}"));

    /// <summary>Whether the line is a header, such as [cos]: a list ends before it.</summary>
    private bool IsStatement(int at) =>
        _text[at..End(at)].Trim() is [.., ']'] line && line.Trim('[', ']') is { Length: > 0 } name && name.All(char.IsAsciiLetter);

    private TomlMistake? String(char quote)
    {
        var start = _at;
        var isLong = string.CompareOrdinal(_text, _at, new string(quote, 3), 0, 3) == 0;
        var end = new string(quote, isLong ? 3 : 1);
        for (_at += end.Length; _at < _text.Length && (isLong || _text[_at] != '\n'); _at++)
        {
            if (string.CompareOrdinal(_text, _at, end, 0, end.Length) == 0)
            {
                // A long string may end in two quotes of its own.
                _at += end.Length - 1;
                while (isLong && _at + 1 < _text.Length && _text[_at + 1] == quote)
                {
                    _at++;
                }

                return null;
            }

            if (quote == '"' && _text[_at] == '\\' && Escape(isLong) is { } mistake)
            {
                return mistake;
            }
        }

        var line = _text[start..End(start)];
        var typographic = line.AsSpan(1).IndexOfAny(TypographicQuotes);
        return isLong ? new TomlMistake(start, Messages.NoClosingLongString(end))
            : typographic >= 0
                ? new TomlMistake(start + 1 + typographic, Messages.TypographicEnd($"{quote}", Name(line[1 + typographic])))
            : new TomlMistake(start, Messages.NoClosingQuote($"{quote}"));
    }

    /// <summary>Passes over an escape.</summary>
    private TomlMistake? Escape(bool isLong)
    {
        var start = _at++;
        var c = _at < _text.Length ? _text[_at] : '\n';
        var digits = c switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        var hex = digits > 0 && _at + digits < _text.Length ? _text.Substring(_at + 1, digits) : "";
        var isValid = digits > 0
            ? int.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
                && code is (>= 0 and < 0xD800) or (> 0xDFFF and <= 0x10FFFF)
            : Escapes.Contains(c, StringComparison.Ordinal) || (isLong && char.IsWhiteSpace(c));
        return isValid ? null : new TomlMistake(start, Messages.InvalidEscape) { IsInString = true };
    }

    private int End(int at) => _text.IndexOf('\n', at) is >= 0 and var end ? end : _text.Length;
}
