using Thpc.NodeAgent.Tests.Support;

namespace Thpc.NodeAgent.Tests.Faults;

public sealed class FaultPageTests
{
    private static readonly FaultRow[] Tested = [.. CosFaultTests.Rows, .. ScriptFaultTests.Rows];

    /// <summary>With what the agent says, its exit code and the limit that was configured.</summary>
    [Fact]
    public void The_page_has_every_row_that_is_tested_and_no_other() =>
        Assert.Equal(
            Tested.Select(row => $"{row.Name}: {(row.Code is null ? "succeeds" : $"`{row.Code}`")}, exit {row.ExitCode}, {row.Limit} s"),
            Rows().Select(cells => $"{cells[0]}: {cells[1]}, exit {cells[2]}, {cells[3]} s"));

    /// <summary>Of the tables of the section, without their heads.</summary>
    private static IEnumerable<string[]> Rows()
    {
        var lines = File.ReadAllLines(Path.Combine(Agent.Repository, "docs/reliability.md"))
            .SkipWhile(line => line != "## Faults").Skip(1).TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal)).ToList();
        return lines.Where((line, i) => line.StartsWith("| ", StringComparison.Ordinal) && lines.ElementAtOrDefault(i + 1)?.StartsWith("|--", StringComparison.Ordinal) != true)
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries)[1..^1]);
    }
}
