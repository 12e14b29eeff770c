using Thpc.NodeAgent.Tests.Documentation;

namespace Thpc.NodeAgent.Tests.Architecture;

/// <summary>Pages that are made from the code are as the code makes them. With THPC_WRITE_PAGES=1 this writes them.</summary>
public sealed class GeneratedPagesTests
{
    private static readonly bool IsWriting = Environment.GetEnvironmentVariable("THPC_WRITE_PAGES") == "1";

    public static TheoryData<string> Paths => [.. GeneratedPage.All.Select(page => page.Path)];

    [Theory]
    [MemberData(nameof(Paths))]
    public void Page_is_what_the_code_makes(string path)
    {
        var page = Find(path);
        if (IsWriting)
        {
            page.Save();
        }

        var text = page.Read();
        Assert.True(text == page.Write(text), $"{path} is not what the code makes: run scripts/docs.sh, and commit it");
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Line_has_140_characters_at_most(string path)
    {
        var lines = Find(path).Write(Find(path).Read()).Split('\n');
        Assert.All(lines, line => Assert.True(line.Length <= 140, $"{path}: {line.Length} characters: {line}"));
    }

    private static GeneratedPage Find(string path) => GeneratedPage.All.Single(page => page.Path == path);
}
