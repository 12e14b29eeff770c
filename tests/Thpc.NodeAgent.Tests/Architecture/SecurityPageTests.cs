using System.Reflection;
using System.Text.RegularExpressions;
using Thpc.NodeAgent.Tests.Support;

namespace Thpc.NodeAgent.Tests.Architecture;

/// <summary>docs/security.md names the test of each defence.</summary>
public sealed partial class SecurityPageTests
{
    [Fact]
    public void Every_named_test_exists()
    {
        var tests = Assembly.GetExecutingAssembly().GetTypes().Select(type => type.Name).ToHashSet(StringComparer.Ordinal);
        var page = File.ReadAllText(Path.Combine(Agent.Repository, "docs/security.md"));
        var named = TestPattern().Matches(page).Select(match => match.Groups["name"].Value).ToList();
        Assert.NotEmpty(named);
        Assert.All(named, name => Assert.Contains(name, tests));
    }

    [GeneratedRegex("`(?<name>[A-Z][A-Za-z]+(Tests|Properties))`", RegexOptions.ExplicitCapture)]
    private static partial Regex TestPattern();
}
