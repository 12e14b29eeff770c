using System.Text;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>Removes cluster ids from lines of /etc/hosts. Text is Latin-1: one char per byte.</summary>
internal static class HostsLines
{
    private const string Prefix = "hpc-";
    private const int SuffixLength = 8;

    /// <param name="line">Includes its line feed.</param>
    /// <param name="ids">
    /// Known ids. Any word of their form counts too: hpc- and eight of a-z and 0-9, with at least one letter and one digit.
    /// </param>
    /// <returns>The line to keep, or null to remove it. Only a loopback line is kept without its names that contain an id.</returns>
    public static string? Without(string line, IReadOnlyList<string> ids)
    {
        if (!ContainsId(line, ids))
        {
            return line;
        }

        var entry = line.TrimStart();
        if (!entry.StartsWith("127.", StringComparison.Ordinal) && !entry.StartsWith("::1", StringComparison.Ordinal))
        {
            return null;
        }

        var kept = new StringBuilder(line.Length);
        var names = 0;
        for (var start = 0; start < line.Length;)
        {
            // Whitespace and the word after it are kept or removed together.
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

            if (word == end || !ContainsId(line[word..end], ids))
            {
                kept.Append(line, start, end - start);
                names += word < end ? 1 : 0;
            }

            start = end;
        }

        return names > 1 ? kept.ToString() : null;
    }

    private static bool ContainsId(string text, IReadOnlyList<string> ids)
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

        for (var at = text.IndexOf(Prefix, StringComparison.Ordinal); at >= 0; at = text.IndexOf(Prefix, at + 1, StringComparison.Ordinal))
        {
            if (IsWord(text, at, Prefix.Length + SuffixLength) && IsIdSuffix(text.AsSpan(at + Prefix.Length, SuffixLength)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsWord(string text, int at, int length) =>
        at + length <= text.Length && (at == 0 || !char.IsAsciiLetterOrDigit(text[at - 1]))
        && (at + length == text.Length || !char.IsAsciiLetterOrDigit(text[at + length]));

    private static bool IsIdSuffix(ReadOnlySpan<char> text)
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
