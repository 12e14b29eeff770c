using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Stages.Image;

namespace Thpc.NodeAgent.Tests.Stages.Image;

public sealed class AllOperationsTests
{
    private const string Defaults = "fstab ssh agent-state cluster-config marker";

    [Theory]
    [InlineData(null, Defaults)]
    [InlineData("defaults", Defaults)]
    [InlineData("defaults,-ssh,machine-id", "fstab agent-state cluster-config machine-id marker")]
    [InlineData("-ssh", "fstab agent-state cluster-config marker")]
    [InlineData(" tmp , logs ", "logs tmp")]
    [InlineData("tmp,-tmp,tmp", "tmp")]
    public void Words_are_taken_from_left_to_right(string? list, string expected) =>
        Assert.Equal(expected, string.Join(' ', AllOperations.Choose(list, "defaults").Select(operation => operation.Name)));

    [Fact]
    public void All_are_all_in_any_order_and_with_names_of_their_own()
    {
        Assert.Equal(AllOperations.All, AllOperations.Choose("tmp,all", "defaults"));
        Assert.Equal(AllOperations.All.Count, AllOperations.All.Select(operation => operation.Name).Distinct().Count());
        Assert.Equal("marker", AllOperations.All[^1].Name);
    }

    [Theory]
    [InlineData("sshh", "\"sshh\" is not known; did you mean ssh or")]
    [InlineData("defaults,-machineid", "did you mean machine-id?")]
    [InlineData("nothing-like-it", "known: fstab, ssh,")]
    [InlineData("a,b", "\"b\" is not known")]
    [InlineData("ssh,-ssh", "nothing is left to do")]
    [InlineData(",", "nothing is left to do")]
    public void What_is_not_known_is_named_with_what_is_near(string list, string words)
    {
        var refused = Assert.Throws<AgentException>(() => AllOperations.Choose(list, "defaults"));
        Assert.Equal(ErrorCode.ConfigInvalid, refused.Code);
        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
    }
}
