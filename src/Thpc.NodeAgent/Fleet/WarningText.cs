namespace Thpc.NodeAgent.Fleet;

/// <summary>Warnings that differ only in ids of runs, dates and times are the same warning.</summary>
internal static class WarningText
{
    /// <summary>The text by which warnings are compared.</summary>
    public static string Key(string warning) => string.Join(' ', warning.Split(' ').Select(word => IsOfOneRun(word) ? "#" : word));

    // A run's id, 2026-11-29, 14:37:58Z or 2026-11-29T14:37:58Z, maybe with a comma or full stop.
    private static bool IsOfOneRun(string word) =>
        word.Length >= 8
        && char.IsAsciiHexDigit(word[0])
        && (Guid.TryParseExact(word.TrimEnd(',', '.', ':'), "D", out _)
            || (word.All(c => char.IsAsciiDigit(c) || c is '-' or ':' or 'T' or 'Z' or ',' or '.')
                && word.Count(c => c is '-' or ':') >= 2));
}
