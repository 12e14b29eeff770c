using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Tests.Documentation;

public sealed class ErrorPagesTests
{
    public static TheoryData<string> Codes => [.. ErrorCode.All.Select(code => code.Name)];

    [Theory]
    [MemberData(nameof(Codes))]
    public void Page_has_a_row_a_section_and_a_link_for_the_code(string name)
    {
        var code = ErrorCode.Find(name)!;
        foreach (var language in (Language[])[Language.English, Language.Chinese])
        {
            var lines = ErrorPages.Write(language).Split('\n');
            Assert.Single(lines, line => line.StartsWith($"| [{name}] | ", StringComparison.Ordinal));
            Assert.Single(lines, line => line == $"[{name}]: #{MarkdownPages.Anchor(name)}");
            var section = string.Join(' ', lines.SkipWhile(line => line != $"## {name}").Skip(1).TakeWhile(line => !line.StartsWith('#')));
            Assert.Contains(code.Meaning.In(language), section, StringComparison.Ordinal);
            Assert.Contains(code.Hint.In(language), section, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("SCRIPT_TIMEOUT", "124")]
    [InlineData("INTERRUPTED", "130, 143")]
    [InlineData("MOUNT_DENIED", "1")]
    public void Row_has_the_exit_code_of_a_failing_command(string code, string exit) =>
        Assert.Contains($"| [{code}] | {exit} |", ErrorPages.Write(Language.English), StringComparison.Ordinal);

    [Fact]
    public void Row_has_three_cells() => Assert.All(
        ErrorPages.Write(Language.English).Split('\n').Where(line => line.StartsWith('|')),
        line => Assert.Equal(4, line.Replace("\\|", "", StringComparison.Ordinal).Count(c => c == '|')));
}
