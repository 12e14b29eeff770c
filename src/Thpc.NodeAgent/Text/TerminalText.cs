using System.Globalization;
using System.Text;

namespace Thpc.NodeAgent.Text;

/// <summary>Fits text into one line and a number of columns. A letter takes one column; Chinese characters and emoji take two.</summary>
internal static class TerminalText
{
    /// <summary>Replaces characters that would break the line, move the cursor or change colours with blanks.</summary>
    public static string OneLine(string text)
    {
        var shown = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            // Format characters are invisible and may reverse the direction of the text beside them.
            var invisible = Rune.GetUnicodeCategory(rune)
                is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
            shown.Append(invisible ? " " : rune.ToString());
        }

        return shown.ToString();
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

    /// <summary>Breaks text into at most <paramref name="maxLines"/> lines; the last line is shortened if the rest does not fit.</summary>
    public static IReadOnlyList<string> Wrap(string text, int columns, int maxLines)
    {
        List<string> lines = [];
        var left = OneLine(string.Join(
            " / ", text.ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)));
        while (Columns(left) > columns && lines.Count < maxLines - 1)
        {
            var fits = string.Concat(Take(left.EnumerateRunes(), columns));

            // Break between words, unless a word is longer than half a line.
            var end = fits.LastIndexOf(' ') is var blank && blank > fits.Length / 2 ? blank : fits.Length;
            lines.Add(left[..end]);
            left = left[end..].TrimStart();
        }

        return [.. lines, Shorten(left, columns)];
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
