using System.Globalization;
using System.Text;

namespace Thpc.NodeAgent.Text;

/// <summary>
/// The one way to make text of others printable: it cannot break the line, move the cursor, change colours or reorder what is beside it.
/// Unpaired surrogates become U+FFFD. Also fits text into a number of columns: a letter takes one, Chinese characters and emoji take two.
/// </summary>
internal static class TerminalText
{
    // A line does not begin with the first, nor end with the second.
    private const string ClosingMarks = "，。、；：？！）》”’";
    private const string OpeningMarks = "（《“‘";

    /// <summary>Format characters, such as U+200B and U+202E, are invisible or reverse the direction of the text beside them.</summary>
    public static bool IsPrintable(Rune rune) => Rune.GetUnicodeCategory(rune)
        is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);

    /// <summary>Replaces each character that is not printable with a blank.</summary>
    public static string OneLine(string text) => Replace(text, " ", keepsLines: false);

    /// <summary>One line of at most this many characters; longer text loses its end.</summary>
    public static string Cut(string text, int length) => text.Length > length ? OneLine(text[..length]) + "…" : OneLine(text);

    /// <summary>Like <see cref="OneLine"/>, but line feeds stay.</summary>
    public static string Printable(string text) => Replace(text, " ", keepsLines: true);

    /// <summary>For a value that a message quotes: shortens it, and replaces each character that is not printable with ?.</summary>
    /// <param name="length">Maximum number of characters; longer text loses its end.</param>
    public static string Quoted(string text, int length = 300) =>
        Replace(text.Length > length ? text[..length] : text, "?", keepsLines: false);

    /// <summary>For the output of another program: joins its last four lines that are not empty with " / ".</summary>
    /// <param name="length">Maximum number of characters; longer text loses its beginning.</param>
    public static string LastLines(string output, int length)
    {
        var lines = output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var text = string.Join(" / ", lines.TakeLast(4));
        return text.Length > length ? "…" + OneLine(text[^length..]) : OneLine(text);
    }

    public static int Columns(string text) => text.EnumerateRunes().Sum(Columns);

    /// <summary>Returns one line of at most this many columns. A long text loses its middle, because both ends carry information.</summary>
    public static string Shorten(string text, int columns)
    {
        var line = OneLine(text);
        if (Columns(line) <= columns)
        {
            return line;
        }

        List<Rune> runes = [.. line.EnumerateRunes()];
        var head = Take(runes, columns / 2);
        var tail = Take(runes.AsEnumerable().Reverse(), columns - (columns / 2) - 1);
        return string.Concat(head) + "…" + string.Concat(Enumerable.Reverse(tail));
    }

    /// <summary>Pads with blanks, or shortens, to exactly this many columns.</summary>
    public static string Fill(string text, int columns)
    {
        var line = Shorten(text, columns);
        return line + new string(' ', columns - Columns(line));
    }

    /// <summary>Returns one line, or on a terminal as many as it takes, each behind blanks.</summary>
    /// <param name="columns">Columns of the terminal; null for a pipe or file, where lines are not broken.</param>
    public static IEnumerable<string> Indent(string text, int indent, int? columns)
    {
        const int MinColumns = 20;
        var line = OneLine(text);
        IReadOnlyList<string> lines = columns is { } width ? Wrap(line, Math.Max(MinColumns, width - indent), int.MaxValue) : [line];
        return lines.Select(part => new string(' ', indent) + part);
    }

    /// <summary>Breaks a line that is too long for the terminal; the further lines are indented like the first.</summary>
    /// <param name="columns">Columns of the terminal; null for a pipe or file, where lines are not broken.</param>
    public static IEnumerable<string> Reflow(string line, int? columns)
    {
        var indent = line.Length - line.TrimStart(' ').Length;
        return Indent(line[indent..], indent, columns);
    }

    /// <summary>Breaks text into at most <paramref name="maxLines"/> lines; the last line is shortened if the rest does not fit.</summary>
    public static IReadOnlyList<string> Wrap(string text, int columns, int maxLines)
    {
        List<string> lines = [];
        var left = OneLine(string.Join(
            " / ", text.ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)));
        while (Columns(left) > columns && lines.Count < maxLines - 1)
        {
            var fits = string.Concat(Take(left.EnumerateRunes(), columns));

            var end = BreakBefore(left, fits.Length, columns);
            lines.Add(left[..end]);
            left = left[end..].TrimStart();
        }

        return [.. lines, Shorten(left, columns)];
    }

    /// <summary>
    /// Where to break a line: between words, or beside a Chinese character; in a word only if that is longer than a line.
    /// </summary>
    /// <param name="max">How many characters fit.</param>
    private static int BreakBefore(string text, int max, int columns)
    {
        for (var at = max; at > 0; at--)
        {
            if (text[at] == ' ')
            {
                return Columns(text[(at + 1)..].Split(' ', 2)[0]) <= columns ? at : max;
            }

            if ((IsWide(text[at - 1]) || IsWide(text[at])) && !ClosingMarks.Contains(text[at]) && !OpeningMarks.Contains(text[at - 1]))
            {
                return at;
            }
        }

        return max;
    }

    private static bool IsWide(char letter) => !char.IsSurrogate(letter) && Columns(new Rune(letter)) == 2;

    private static string Replace(string text, string replacement, bool keepsLines)
    {
        var shown = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            shown.Append(IsPrintable(rune) || (keepsLines && rune.Value == '\n') ? rune.ToString() : replacement);
        }

        return shown.ToString();
    }

    private static List<Rune> Take(IEnumerable<Rune> runes, int columns)
    {
        List<Rune> taken = [];
        foreach (var rune in runes)
        {
            columns -= Columns(rune);
            if (columns < 0)
            {
                break;
            }

            taken.Add(rune);
        }

        return taken;
    }

    private static int Columns(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark ? 0
        : rune.Value is (>= 0x1100 and <= 0x115F) or (>= 0x2E80 and <= 0xA4CF) or (>= 0xAC00 and <= 0xD7A3) or (>= 0xF900 and <= 0xFAFF)
            or (>= 0xFE30 and <= 0xFE6F)
            or (>= 0xFF00 and <= 0xFF60) or (>= 0xFFE0 and <= 0xFFE6) or (>= 0x1F300 and <= 0x1FAFF) or (>= 0x20000 and <= 0x3FFFD) ? 2
        : 1;
}
