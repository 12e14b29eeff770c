using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Stages.Image;

namespace Thpc.NodeAgent.Tests.Stages.Image;

public sealed class TraceTests
{
    [Fact]
    public void Patterns_are_absolute_paths_and_operations_exist() => Assert.All(Traces.All, trace =>
    {
        Assert.All(trace.Patterns, pattern => Assert.StartsWith("/", pattern, StringComparison.Ordinal));
        Assert.All(trace.Patterns, pattern => Assert.Null(LocalPath.ValidateForm(pattern)));
        Assert.Contains(AllOperations.All, operation => operation.Name == trace.Operation);
        Assert.Equal(trace.Kind == TraceKind.Lines, trace.Line is not null);
        Assert.False(trace.What.Length == 0);
    });

    [Theory]
    [InlineData("munge.key", "munge.key*", true)]
    [InlineData("munge.key~", "munge.key*", true)]
    [InlineData("munge.ke", "munge.key*", false)]
    [InlineData("70-persistent-net.rules", "*-persistent-net.rules", true)]
    [InlineData("75-persistent-net-generator.rules", "*-persistent-net.rules", false)]
    [InlineData("lease-a.xml", "lease-*.xml", true)]
    [InlineData("lease.xml", "lease-*.xml", false)]
    [InlineData("aba", "ab*ba", false)]
    [InlineData("dhclient.eth0.leases", "*.lease*", true)]
    [InlineData("leases", "*.lease*", false)]
    [InlineData("a", "a", true)]
    [InlineData("anything", "*", true)]
    public void Star_matches_any_characters(string name, string pattern, bool fits) =>
        Assert.Equal(fits, TraceFinder.Matches(name, pattern));
}
