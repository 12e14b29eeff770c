using System.Text.RegularExpressions;

namespace Thpc.NodeAgent.Tests.Architecture;

/// <summary>docs/security.md names the test of each defence.</summary>
public sealed partial class SecurityPageTests
{
    [Fact]
    public void Every_named_test_exists()
    {
        var tests = MarkdownPages.OfRepository.Files
            .Where(file => TestFilePattern().IsMatch(file)).Select(file => Path.GetFileNameWithoutExtension(file))
            .ToHashSet(StringComparer.Ordinal);
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs/security.md"));
        var named = TestPattern().Matches(page).Select(match => match.Groups["name"].Value).ToList();
        Assert.NotEmpty(named);
        Assert.All(named, name => Assert.Contains(name, tests));
    }

    [GeneratedRegex(@"^tests/Thpc\.NodeAgent\.\w+/.*\.cs\z")]
    private static partial Regex TestFilePattern();

    [GeneratedRegex("`(?<name>[A-Z][A-Za-z]+(Tests|Properties))`", RegexOptions.ExplicitCapture)]
    private static partial Regex TestPattern();
}
