namespace Thpc.NodeAgent.Tests.Architecture;

/// <summary>Which files are exempt, each with its reason, stands in scripts/style.py.</summary>
public sealed class StyleTests
{
    [Fact]
    public void No_line_has_more_than_140_columns()
    {
        Needs.Program("python3");
        var run = RepositoryTool.Run("python3", "scripts/style.py", "--long-lines");
        Assert.True(run.ExitCode == 0, $"FILE:LINE: COLUMNS\n{run.Output}{run.Errors}");
    }
}
