namespace Thpc.NodeAgent.Host.Signatures;

/// <summary>Pattern lists of ssh_config(5): separated by commas, with `*`, `?`, and `!` for a pattern that must not match.</summary>
internal static class PatternList
{
    public static bool Matches(string patterns, string text)
    {
        var found = false;
        foreach (var pattern in patterns.Split(','))
        {
            if (pattern.StartsWith('!') && IsMatch(pattern.AsSpan(1), text))
            {
                return false;
            }

            found |= !pattern.StartsWith('!') && IsMatch(pattern, text);
        }

        return found;
    }

    private static bool IsMatch(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
    {
        int at = 0, i = 0, star = -1, after = 0;
        while (at < text.Length)
        {
            if (i < pattern.Length && pattern[i] == '*')
            {
                star = i++;
                after = at;
            }
            else if (i < pattern.Length && (pattern[i] == '?' || pattern[i] == text[at]))
            {
                i++;
                at++;
            }
            else if (star >= 0)
            {
                i = star + 1;
                at = ++after;
            }
            else
            {
                return false;
            }
        }

        return pattern[i..].IndexOfAnyExcept('*') < 0;
    }
}
