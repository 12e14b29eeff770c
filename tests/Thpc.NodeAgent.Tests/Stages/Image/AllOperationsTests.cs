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
    public void List_is_read_from_left_to_right(string? list, string expected) =>
        Assert.Equal(expected, string.Join(' ', AllOperations.Choose(list, "defaults").Select(operation => operation.Name)));

    [Fact]
    public void All_selects_every_operation_and_names_are_unique()
    {
        Assert.Equal(AllOperations.All, AllOperations.Choose("tmp,all", "defaults"));
        Assert.Equal(AllOperations.All.Count, AllOperations.All.Select(operation => operation.Name).Distinct().Count());
        Assert.Equal("marker", AllOperations.All[^1].Name);
    }

    [Theory]
    [InlineData("sshh", "unknown operation \"sshh\"; did you mean ssh or")]
    [InlineData("defaults,-machineid", "did you mean machine-id?")]
    [InlineData("nothing-like-it", "valid names: fstab, ssh,")]
    [InlineData("a,b", "unknown operation \"b\"")]
    [InlineData("ssh,-ssh", "the list selects no operation")]
    [InlineData(",", "the list selects no operation")]
    public void Unknown_operation_is_reported_with_similar_names(string list, string words)
    {
        var refused = Assert.Throws<AgentException>(() => AllOperations.Choose(list, "defaults"));
        Assert.Equal(ErrorCode.ConfigInvalid, refused.Code);
        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
    }
}
