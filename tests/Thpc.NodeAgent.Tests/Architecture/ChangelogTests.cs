using System.Text.RegularExpressions;
using Thpc.NodeAgent.Tests.Support;

namespace Thpc.NodeAgent.Tests.Architecture;

public sealed partial class ChangelogTests
{
    [Fact]
    public void Newest_version_is_the_one_that_is_built()
    {
        var changelog = File.ReadAllText(Path.Combine(Agent.Repository, "CHANGELOG.md"));
        Assert.Equal(AgentVersion.Text, VersionPattern().Match(changelog).Groups[1].Value);
    }

    [GeneratedRegex(@"^## \[(\d[^\]]*)\] - \d{4}-\d\d-\d\d$", RegexOptions.Multiline)]
    private static partial Regex VersionPattern();
}
