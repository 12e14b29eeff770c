namespace Thpc.NodeAgent.Tests.Architecture;

/// <summary>scripts/style.py lists the exempt files, each with its reason, and the forbidden forms.</summary>
public sealed class StyleTests
{
    [Theory]
    [InlineData("--long-lines", "FILE:LINE: COLUMNS")]
    [InlineData("--forms", "FILE:LINE: FORM: the line")]
    public void No_line_is_too_long_or_has_a_forbidden_form(string option, string format)
    {
        Needs.Program("python3");
        var run = RepositoryTool.Run("python3", "scripts/style.py", option);
        Assert.True(run.ExitCode == 0, $"{format}\n{run.Output}{run.Errors}");
    }
}
