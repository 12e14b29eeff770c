using Thpc.NodeAgent.Host.Network;

namespace Thpc.NodeAgent.Tests.Host.Network;

/// <summary>Names that never resolve, with a silent name server; and names with two addresses.</summary>
public sealed class NameLookupTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Address_needs_no_look_up()
    {
        Assert.Equal(["10.1.2.3"], (await NameLookup.FindAsync("10.1.2.3", TimeSpan.Zero, Token)).Select(address => $"{address}"));
        Assert.Equal(["fe80::1"], (await NameLookup.FindAsync("[fe80::1]", TimeSpan.Zero, Token)).Select(address => $"{address}"));
    }

    [Fact]
    public async Task Unknown_name_is_reported()
    {
        var error =
            await Assert.ThrowsAsync<NameResolutionException>(() => NameLookup.FindAsync("no such name", TimeSpan.FromSeconds(30), Token));
        Assert.StartsWith("the name no such name does not resolve: ", error.Message, StringComparison.Ordinal);
        Assert.StartsWith(
            "the name no such name does not resolve: ",
            (await TcpProbe.DialAsync("no such name", 1, TimeSpan.FromSeconds(30), Token))?.English,
            StringComparison.Ordinal);
    }
}
