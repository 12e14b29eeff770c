using Thpc.NodeAgent.Host.Files;

namespace Thpc.NodeAgent.Tests.Host.Files;

/// <summary>Lists as the kernel stores them, and invalid ones.</summary>
public sealed class AccessListTests
{
    // User 12345 has entries; no test runs as this user.
    [Theory]
    [InlineData("02000000", false)]
    [InlineData("", true)]
    [InlineData("03000000", true)]
    [InlineData("02000000 0200 0200 39300000", true)]
    [InlineData("02000000 0200 0200 39300000 1000 0500 FFFFFFFF", false)]
    [InlineData("02000000 1000 0700 FFFFFFFF 0800 0200 64000000", true)]
    [InlineData("02000000 0200 0200", false)]
    public void List_is_read_to_its_last_complete_entry(string list, bool open) =>
        Assert.Equal(open, AccessList.AllowsOthersToWrite(Convert.FromHexString(list.Replace(" ", "", StringComparison.Ordinal))));
}
