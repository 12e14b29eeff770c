namespace Thpc.NodeAgent.Text;

/// <summary>Finds likely spellings for a mistyped word.</summary>
internal static class Suggestions
{
    /// <summary>
    /// Whether two words differ only in hyphens, underscores and case, in one letter that is wrong, missing, doubled or swapped, or
    /// whether one is the beginning of the other.
    /// </summary>
    public static bool IsSimilar(string known, string given)
    {
        static string Bare(string text) =>
            text.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).ToUpperInvariant();
        var (a, b) = (Bare(known), Bare(given));
        if (a == b
            || (Math.Min(a.Length, b.Length) > 3
                && (a.StartsWith(b, StringComparison.Ordinal) || b.StartsWith(a, StringComparison.Ordinal))))
        {
            return true;
        }

        var start = a.Zip(b).TakeWhile(pair => pair.First == pair.Second).Count();
        var end = a.Reverse().Zip(b.Reverse()).TakeWhile(pair => pair.First == pair.Second).Count();
        return Math.Abs(a.Length - b.Length) <= 1 && Math.Max(a.Length, b.Length) - start - end <= 2 && start + end > 2;
    }
}
