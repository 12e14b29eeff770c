namespace Thpc.NodeAgent.Tests.Architecture;

/// <summary>Every relative link of every page leads somewhere: in the repository, and where the packages lay the pages out.</summary>
public sealed class LinkTests
{
    public static TheoryData<string> Pages => [.. MarkdownPages.OfRepository.Pages];

    public static TheoryData<string> ShippedPages => [.. MarkdownPages.OfRepository.Shipped.Pages];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Page_has_no_dead_link(string page) => Assert.Empty(MarkdownPages.OfRepository.DeadLinks(page));

    [Theory]
    [MemberData(nameof(ShippedPages))]
    public void Shipped_page_links_only_to_what_ships(string page) => Assert.Empty(MarkdownPages.OfRepository.Shipped.DeadLinks(page));

    [Theory]
    [InlineData("Killed at any point", "killed-at-any-point")]
    [InlineData("What it does, exactly", "what-it-does-exactly")]
    [InlineData("Configuration: `/etc/thpc/node-agent.toml`", "configuration-etcthpcnode-agenttoml")]
    [InlineData("`[[init_script]]` and `[cos]`", "init_script-and-cos")]
    [InlineData("See [errors](errors.md) — all", "see-errors--all")]
    [InlineData("五分钟上手：安装", "五分钟上手安装")]
    public void Heading_has_the_anchor_of_GitHub(string heading, string anchor) => Assert.Equal(anchor, MarkdownPages.Anchor(heading));

    [Fact]
    public void Dead_links_are_found_with_their_line()
    {
        using var node = new TemporaryNode();
        node.Write("/README.md", """
            # A page
            [one](docs/two.md#b) [self](#a-page-1) ![picture](docs/a%20b.svg) <a href="docs/">all</a> `[code](gone.md)`
            ```
            [code](gone.md)
            ```
            [gone](docs/gone.md) [anchor](docs/two.md#gone) [source](src/a.cs) [web](https://a.invalid/gone.md) [up](../up.md)
            [reference]: gone.md "title"
            ## A page
            """);
        node.Write("/docs/two.md", "[back](../README.md)\n# `B`\n");
        node.Write("/docs/a b.svg", "");
        node.Write("/src/a.cs", "");
        var pages = new MarkdownPages(node.Directory, ["README.md", "docs/two.md", "docs/a b.svg", "src/a.cs"]);

        string[] dead = ["README.md:6: docs/gone.md", "README.md:6: docs/two.md#gone", "README.md:6: ../up.md", "README.md:7: gone.md"];
        Assert.Equal(dead, pages.DeadLinks("README.md"));
        Assert.Empty(pages.DeadLinks("docs/two.md"));
        Assert.Equal([.. dead[..2], "README.md:6: src/a.cs", .. dead[2..]], pages.Shipped.DeadLinks("README.md"));
    }
}
