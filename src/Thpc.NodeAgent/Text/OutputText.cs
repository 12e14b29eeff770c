using System.Text;

namespace Thpc.NodeAgent.Text;

/// <summary>Shortens the output of other programs to one line of a message.</summary>
internal static class OutputText
{
    /// <summary>Joins the last four non-empty lines with " / " and replaces control characters with blanks.</summary>
    /// <param name="length">Maximum number of characters; longer text loses its beginning.</param>
    public static string Last(string output, int length)
    {
        var lines = output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var text = OneLine(string.Join(" / ", lines.TakeLast(4)));
        return text.Length > length ? "…" + text[^length..] : text;
    }

    public static string OneLine(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            result.Append(Rune.IsControl(rune) ? " " : rune.ToString());
        }

        return result.ToString();
    }
}
