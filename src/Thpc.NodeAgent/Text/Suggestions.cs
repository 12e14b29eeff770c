namespace Thpc.NodeAgent.Text;

/// <summary>What somebody may have meant.</summary>
internal static class Suggestions
{
    /// <summary>Whether one is the other but for hyphens, underscores and case, its beginning, or one letter wrong, missing, doubled or swapped.</summary>
    public static bool IsSimilar(string known, string given)
    {
        static string Bare(string text) => text.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).ToUpperInvariant();
        var (a, b) = (Bare(known), Bare(given));
        if (a == b || (Math.Min(a.Length, b.Length) > 3 && (a.StartsWith(b, StringComparison.Ordinal) || b.StartsWith(a, StringComparison.Ordinal))))
        {
            return true;
        }

        var start = a.Zip(b).TakeWhile(pair => pair.First == pair.Second).Count();
        var end = a.Reverse().Zip(b.Reverse()).TakeWhile(pair => pair.First == pair.Second).Count();
        return Math.Abs(a.Length - b.Length) <= 1 && Math.Max(a.Length, b.Length) - start - end <= 2 && start + end > 2;
    }
}
