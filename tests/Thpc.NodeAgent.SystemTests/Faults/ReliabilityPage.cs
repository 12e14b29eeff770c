namespace Thpc.NodeAgent.SystemTests.Faults;

/// <summary>docs/development/reliability.md, whose tables say what the rows here assert.</summary>
internal static class ReliabilityPage
{
    /// <returns>The cells of each row of the section's tables, without their heads.</returns>
    public static IEnumerable<string[]> Rows(string section)
    {
        var lines = File.ReadAllLines(Path.Combine(Repository.Root, "docs/development/reliability.md"))
            .SkipWhile(line => line != $"## {section}").Skip(1)
            .TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal)).ToList();
        return lines.Where((line, i) => line.StartsWith("| ", StringComparison.Ordinal) && !IsRule(lines.ElementAtOrDefault(i + 1)))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries)[1..^1]);

        static bool IsRule(string? line) => line?.StartsWith("|--", StringComparison.Ordinal) == true;
    }
}
