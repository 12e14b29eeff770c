using System.Text;

namespace Thpc.NodeAgent.Tests.Documentation;

/// <summary>Text in lines of a limited length.</summary>
internal static class Wrapped
{
    /// <summary>Appends text that was interpolated before; none of its values depends on a culture.</summary>
    public static StringBuilder Add(this StringBuilder text, string more) => text.Append(more);

    /// <summary>A paragraph, ended by a newline; lines break at blanks outside backquotes.</summary>
    /// <param name="first">What the first line begins with.</param>
    /// <param name="other">What the other lines begin with.</param>
    public static string Paragraph(string text, string first = "", string other = "", int width = 100)
    {
        var result = new StringBuilder();
        var line = new StringBuilder(first);
        var isEmpty = true;
        foreach (var word in Words(text))
        {
            if (!isEmpty && line.Length + 1 + word.Length > width)
            {
                result.Append(line).Append('\n');
                line.Clear().Append(other);
                isEmpty = true;
            }

            line.Append(isEmpty ? "" : " ").Append(word);
            isEmpty = false;
        }

        return result.Append(line).Append('\n').ToString();
    }

    private static IEnumerable<string> Words(string text)
    {
        var word = new StringBuilder();
        var isCode = false;
        foreach (var c in text)
        {
            isCode ^= c == '`';
            if (c != ' ' || isCode)
            {
                word.Append(c);
                continue;
            }

            yield return word.ToString();
            word.Clear();
        }

        yield return word.ToString();
    }
}
