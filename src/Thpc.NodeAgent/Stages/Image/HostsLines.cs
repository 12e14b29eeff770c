using System.Text;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>Lines of /etc/hosts that name a cluster by its id. Text is a byte a character.</summary>
internal static class HostsLines
{
    private const string Start = "hpc-";
    private const int Length = 8;

    /// <param name="line">Its line feed included.</param>
    /// <param name="ids">Ids that are known; any word of their form counts too: hpc- and eight of a-z and 0-9, both among them.</param>
    /// <returns>Null where it goes. A line of loopback stays without the names that have the id.</returns>
    public static string? Without(string line, IReadOnlyList<string> ids)
    {
        if (!Names(line, ids))
        {
            return line;
        }

        var entry = line.TrimStart();
        if (!entry.StartsWith("127.", StringComparison.Ordinal) && !entry.StartsWith("::1", StringComparison.Ordinal))
        {
            return null;
        }

        var left = new StringBuilder(line.Length);
        var names = 0;
        for (var start = 0; start < line.Length;)
        {
            // Blanks, and the word after them.
            var word = start;
            while (word < line.Length && char.IsWhiteSpace(line[word]))
            {
                word++;
            }

            var end = word;
            while (end < line.Length && !char.IsWhiteSpace(line[end]))
            {
                end++;
            }

            if (word == end || !Names(line[word..end], ids))
            {
                left.Append(line, start, end - start);
                names += word < end ? 1 : 0;
            }

            start = end;
        }

        return names > 1 ? left.ToString() : null;
    }

    private static bool Names(string text, IReadOnlyList<string> ids)
    {
        foreach (var id in ids)
        {
            for (var at = text.IndexOf(id, StringComparison.Ordinal); at >= 0; at = text.IndexOf(id, at + 1, StringComparison.Ordinal))
            {
                if (IsWord(text, at, id.Length))
                {
                    return true;
                }
            }
        }

        for (var at = text.IndexOf(Start, StringComparison.Ordinal); at >= 0; at = text.IndexOf(Start, at + 1, StringComparison.Ordinal))
        {
            if (IsWord(text, at, Start.Length + Length) && HasForm(text.AsSpan(at + Start.Length, Length)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsWord(string text, int at, int length) =>
        at + length <= text.Length && (at == 0 || !char.IsAsciiLetterOrDigit(text[at - 1]))
        && (at + length == text.Length || !char.IsAsciiLetterOrDigit(text[at + length]));

    private static bool HasForm(ReadOnlySpan<char> text)
    {
        bool letter = false, digit = false;
        foreach (var c in text)
        {
            letter |= char.IsAsciiLetterLower(c);
            digit |= char.IsAsciiDigit(c);
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c))
            {
                return false;
            }
        }

        return letter && digit;
    }
}
