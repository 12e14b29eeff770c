using System.Text.RegularExpressions;

namespace Thpc.NodeAgent.Tests.Architecture;

/// <summary>A Chinese page has the code, headings, names and links of its English page.</summary>
public sealed partial class ChinesePagesTests
{
    private const string Folder = "docs/zh/";
    private const string Errors = $"{Folder}errors.md";

    // The only section that has no English one: the table of terms at the end of the first page.
    private const string Terms = "\n## 术语\n";

    public static TheoryData<string> All => [.. Page.All.Select(page => page.Name).Where(IsChinese)];

    /// <summary>Without the one that is made from the code as a whole.</summary>
    public static TheoryData<string> Written => [.. Page.All.Select(page => page.Name).Where(name => IsChinese(name) && name != Errors)];

    [Fact]
    public void Pages_for_a_first_node_are_there()
    {
        string[] files = ["README.md", "configuration.md", "errors.md", "getting-started.md", "troubleshooting.md"];
        Assert.Empty(files.Select(file => Folder + file).Except(Page.All.Select(page => page.Name)));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Page_has_an_English_page(string name) => Assert.Contains(Page.All, page => page.Name == English(name));

    [Theory]
    [MemberData(nameof(All))]
    public void Code_blocks_are_the_same_without_comments(string name) => Assert.Equal(Blocks(Get(English(name))), Blocks(Get(name)));

    [Theory]
    [MemberData(nameof(All))]
    public void Headings_have_the_same_levels_in_the_same_order(string name) =>
        Assert.Equal(Levels(Get(English(name))), Levels(Get(name)));

    [Theory]
    [MemberData(nameof(Written))]
    public void Keys_commands_codes_and_paths_are_the_same(string name) => Assert.Equal(Code(Get(English(name))), Code(Get(name)));

    [Theory]
    [MemberData(nameof(Written))]
    public void Links_lead_to_the_same_places_in_Chinese_where_there_is_a_page(string name)
    {
        var expected = Get(English(name)).Links.Select(Counterpart);
        Assert.Equal(expected.Order(), Get(name).Links.Order());
    }

    [Theory]
    [MemberData(nameof(Written))]
    public void At_most_one_line_in_twenty_has_no_Chinese(string name)
    {
        var lines = NoProsePattern().Replace(Get(name).Prose, "").Split('\n').Where(line => line.Any(char.IsLetter)).ToList();
        var foreign = lines.Where(line => !ChinesePattern().IsMatch(line)).ToList();
        Assert.InRange(lines.Count, 20, 1000);
        Assert.True(foreign.Count * 20 <= lines.Count, $"{name}: {foreign.Count} of {lines.Count} lines:\n{string.Join('\n', foreign)}");
    }

    [Theory]
    [InlineData("# all of it\necho a   # b\necho 'a#b'", "\necho a\necho 'a#b'")]
    [InlineData("id = \"a\"  # 甲\n# 乙\n", "id = \"a\"\n\n")]
    public void Comments_are_not_compared(string block, string expected) => Assert.Equal(expected, CommentPattern().Replace(block, ""));

    private static bool IsChinese(string name) => name.StartsWith(Folder, StringComparison.Ordinal);

    private static string English(string name) => name[Folder.Length..] is var file && file == "README.md" ? file : $"docs/{file}";

    /// <summary>The page without its table of terms and without what is made from the code.</summary>
    private static Page Get(string name)
    {
        var page = Assert.Single(Page.All, page => page.Name == name);
        var terms = IsChinese(name) ? page.Text.IndexOf(Terms, StringComparison.Ordinal) : -1;
        var text = terms < 0 ? page.Text : page.Text[..terms];
        return page with { Text = GeneratedPattern().Replace(text, "") };
    }

    private static IEnumerable<string> Blocks(Page page) =>
        from match in BlockPattern().Matches(page.Text)
        let hasComments = match.Groups["language"].Value is "sh" or "toml"
        select hasComments ? CommentPattern().Replace(match.Value, "") : match.Value;

    private static IEnumerable<int> Levels(Page page) => HeadingPattern().Matches(page.Prose).Select(match => match.Groups["level"].Length);

    private static IEnumerable<string> Code(Page page) => page.Code.Distinct().Order(StringComparer.Ordinal);

    /// <returns>The same place in the other language; the link itself where there is only one.</returns>
    private static (string Path, string Anchor) Counterpart((string Path, string Anchor) link)
    {
        var pages = Page.All.Select(page => page.Name).Where(IsChinese);
        var path = IsChinese(link.Path) ? English(link.Path) : pages.FirstOrDefault(name => English(name) == link.Path);
        if (path is null || link.Anchor.Length == 0)
        {
            return (path ?? link.Path, link.Anchor);
        }

        // Headings correspond by their order.
        var at = Get(link.Path).Anchors.Index().Single(anchor => anchor.Item == link.Anchor).Index;
        return (path, Get(path).Anchors[at]);
    }

    [GeneratedRegex("^```(?<language>[a-z]*)\n.*?^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex BlockPattern();

    [GeneratedRegex("(^|[ \t]+)#.*$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex CommentPattern();

    [GeneratedRegex("^(?<level>#+) ", RegexOptions.Multiline)]
    private static partial Regex HeadingPattern();

    [GeneratedRegex("<!-- generated: .*?<!-- end -->", RegexOptions.Singleline)]
    private static partial Regex GeneratedPattern();

    // Code in a line, and the target of a link.
    [GeneratedRegex(@"`[^`\n]+`|(?<=\])\([^)\n]*\)")]
    private static partial Regex NoProsePattern();

    [GeneratedRegex(@"\p{IsCJKUnifiedIdeographs}")]
    private static partial Regex ChinesePattern();
}
