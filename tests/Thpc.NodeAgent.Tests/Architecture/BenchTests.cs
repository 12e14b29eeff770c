namespace Thpc.NodeAgent.Tests.Architecture;

public sealed class BenchTests
{
    /// <summary>scripts/bench.sh --against: the same program twice has no difference, 5 % is found.</summary>
    [Fact]
    public void Difference_of_two_programs_is_separated_from_noise()
    {
        Needs.Program("python3");
        var run = RepositoryTool.Run("python3", "-B", "tests/bench/test_difference.py");
        Assert.True(run.ExitCode == 0, $"{run.Output}{run.Errors}");
    }
}
