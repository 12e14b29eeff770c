namespace Thpc.NodeAgent.SystemTests.Faults;

public sealed class FaultPageTests
{
    private static readonly FaultRow[] Tested = [.. CosFaultTests.Rows, .. ScriptFaultTests.Rows];

    /// <summary>With what the agent says, its exit code and the limit that was configured.</summary>
    [Fact]
    public void The_page_has_every_row_that_is_tested_and_no_other() =>
        Assert.Equal(
            Tested.Select(row => $"{row.Name}: {(row.Code is null ? "succeeds" : $"`{row.Code}`")}, exit {row.ExitCode}, {row.Limit} s"),
            ReliabilityPage.Rows("Faults").Select(cells => $"{cells[0]}: {cells[1]}, exit {cells[2]}, {cells[3]} s"));
}
