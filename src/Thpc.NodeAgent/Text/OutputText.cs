using System.Text;

namespace Thpc.NodeAgent.Text;

/// <summary>Makes what other programs print fit for one line of a message.</summary>
internal static class OutputText
{
    /// <summary>The last non-empty lines joined by " / ", at most so many characters, control characters replaced.</summary>
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
