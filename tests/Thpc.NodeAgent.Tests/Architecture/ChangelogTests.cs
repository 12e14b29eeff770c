using System.Text.RegularExpressions;

namespace Thpc.NodeAgent.Tests.Architecture;

public sealed partial class ChangelogTests
{
    [Fact]
    public void Newest_version_is_the_one_that_is_built()
    {
        var changelog = RepositoryFiles.Read("CHANGELOG.md");
        Assert.Equal(AgentVersion.Text, VersionPattern().Match(changelog).Groups[1].Value);
    }

    [GeneratedRegex(@"^## \[(\d[^\]]*)\] - \d{4}-\d\d-\d\d$", RegexOptions.Multiline)]
    private static partial Regex VersionPattern();
}
