namespace Thpc.NodeAgent.SystemTests.Faults;

public sealed class FaultPageTests
{
    private static readonly FaultRow[] Tested = [.. CosFaultTests.Rows, .. ScriptFaultTests.Rows];

    /// <summary>Each row with its error code, its exit code and the configured limit.</summary>
    [Fact]
    public void Page_has_exactly_the_tested_rows() =>
        Assert.Equal(
            Tested.Select(row => $"{row.Name}: {(row.Code is null ? "succeeds" : $"`{row.Code}`")}, exit {row.ExitCode}, {row.Limit} s"),
            ReliabilityPage.Rows("Faults").Select(cells => $"{cells[0]}: {cells[1]}, exit {cells[2]}, {cells[3]} s"));
}
