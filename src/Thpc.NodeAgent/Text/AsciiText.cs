using System.Text;

namespace Thpc.NodeAgent.Text;

/// <summary>Text for a terminal or program whose locale has only ASCII.</summary>
internal static class AsciiText
{
    /// <summary>
    /// Replaces each sign outside ASCII that the agent itself prints by a similar one of ASCII. Names from elsewhere, and Chinese that the
    /// user asked for, stay as they are.
    /// </summary>
    public static string From(ReadOnlySpan<char> text)
    {
        if (Ascii.IsValid(text))
        {
            return text.ToString();
        }

        var ascii = new StringBuilder(text.Length);
        foreach (var letter in text)
        {
            ascii.Append(letter switch
            {
                '→' => "->",
                '✓' => "+",
                '✗' => "x",
                '–' => "-",
                '·' or '…' => ".",
                '▒' => "%",
                '█' or '▉' or '▊' or '▋' or '▌' or '▐' => "#",
                '▍' or '▎' or '▏' or '▕' => "|",
                _ => $"{letter}",
            });
        }

        return ascii.ToString();
    }
}
