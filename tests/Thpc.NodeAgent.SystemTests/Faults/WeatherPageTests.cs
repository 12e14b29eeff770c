using System.Text.RegularExpressions;

namespace Thpc.NodeAgent.SystemTests.Faults;

public sealed partial class WeatherPageTests
{
    /// <summary>Each case of tests/weather with its code; one row for the outages of three lengths from one moment.</summary>
    [Fact]
    public void Page_has_exactly_the_tested_cases()
    {
        var cases = RepositoryTool.Run("python3", "tests/weather/run.py", "--list").Output.Trim().Split('\n');
        Assert.Equal(
            cases.Select(line => OutagePattern().Replace(line, "$1")).Distinct(),
            ReliabilityPage.Rows("Network weather").Select(cells =>
                cells[1].Contains('.', StringComparison.Ordinal) ? cells[0] : $"{cells[0]} | {cells[1].Trim('`')}"));
    }

    [GeneratedRegex(@"^outage: the interface down for [0-9.]+ s, (.*) \| succeeds$")]
    private static partial Regex OutagePattern();
}
