using System.Text.RegularExpressions;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Tests.Support;

namespace Thpc.NodeAgent.Tests.Architecture;

public sealed partial class ReadmeTests
{
    private static readonly string Readme = File.ReadAllText(Path.Combine(Agent.Repository, "README.md"));
    private static readonly string Chinese = File.ReadAllText(Path.Combine(Agent.Repository, "README.zh-CN.md"));

    [Fact]
    public void The_readme_leads_to_the_page_of_errors_and_that_has_every_code()
    {
        Assert.Contains("[docs/errors.md](docs/errors.md)", Readme, StringComparison.Ordinal);
        var page = File.ReadAllText(Path.Combine(Agent.Repository, "docs/errors.md"));
        Assert.All(ErrorCode.All, code => Assert.Contains($"\n## {code.Name}\n", page, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_error_code_is_listed_once() =>
        Assert.Equal(
            typeof(ErrorCode).GetFields().Where(field => field.IsStatic && field.FieldType == typeof(ErrorCode)).Select(field => ((ErrorCode)field.GetValue(null)!).Name).Order(StringComparer.Ordinal),
            ErrorCode.All.Select(code => code.Name).Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("id")]
    [InlineData("node_role")]
    [InlineData("scheduler_type")]
    [InlineData("account_type")]
    [InlineData("script_path")]
    [InlineData("sha256")]
    [InlineData("on_failure")]
    [InlineData("args")]
    [InlineData("roles")]
    [InlineData("run")]
    [InlineData("local_path")]
    [InlineData("remote_path")]
    [InlineData("protocol")]
    [InlineData("storage_type")]
    [InlineData("mount_option")]
    [InlineData("file_system_id")]
    [InlineData("masters")]
    [InlineData("option_file")]
    [InlineData("goosefs_home")]
    [InlineData("goosefsx_installer")]
    [InlineData("goosefsx_installer_timeout")]
    [InlineData("credentials")]
    [InlineData("endpoint")]
    [InlineData("timeout")]
    [InlineData("attempt_timeout")]
    [InlineData("parallelism")]
    [InlineData("kill_grace")]
    [InlineData("extra")]
    [InlineData("lock_timeout")]
    [InlineData("textfile")]
    [InlineData("directory")]
    public void Every_key_of_the_configuration_is_in_the_readme(string key) =>
        Assert.Matches($"`(\\[+[a-z_]+\\]+`? ?)?`?{key}`", Readme);

    [Fact]
    public void The_readmes_lead_to_each_other()
    {
        Assert.Contains("(README.zh-CN.md)", string.Join('\n', Readme.Split('\n').Take(5)), StringComparison.Ordinal);
        Assert.Contains("(README.md)", string.Join('\n', Chinese.Split('\n').Take(5)), StringComparison.Ordinal);
    }

    [Fact]
    public void The_Chinese_readme_has_the_same_headings_and_code() => Assert.Equal(Skeleton(Readme), Skeleton(Chinese));

    [Fact]
    public void The_Chinese_readme_has_everything_in_backquotes_as_often()
    {
        Assert.Equal(Commands(Readme), Commands(Chinese));

        static IEnumerable<string> Commands(string text) => CommandPattern().Matches(SkeletonPattern().Replace(text, "")).Select(match => match.Value).Order(StringComparer.Ordinal);
    }

    [Fact]
    public void The_Chinese_readme_has_the_same_topics_lists_and_links()
    {
        Assert.Equal(Lines(Readme, TopicPattern()).Count, Lines(Chinese, TopicPattern()).Count);
        Assert.Equal(Lines(Readme, ItemPattern()).Count, Lines(Chinese, ItemPattern()).Count);
        Assert.Equal(Links(Readme), Links(Chinese));

        static IEnumerable<string> Links(string text) => LinkPattern().Matches(text).Select(match => match.Groups[1].Value).Where(link => !link.StartsWith("README", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
    }

    /// <summary>Commands, options, keys, fields and defaults: in each row of each table what is in backquotes is the same.</summary>
    [Fact]
    public void The_Chinese_readme_has_the_same_tables()
    {
        var (english, chinese) = (Lines(Readme, RowPattern()), Lines(Chinese, RowPattern()));
        Assert.All(english.Zip(chinese), pair => Assert.True(Commands(pair.First).SetEquals(Commands(pair.Second)), $"these rows differ in what is in backquotes:\n{pair.First}\n{pair.Second}"));
        Assert.Equal(english.Count, chinese.Count);

        static HashSet<string> Commands(string row) => [.. CommandPattern().Matches(row).Select(match => match.Value)];
    }

    /// <summary>Levels of headings, and code as it is, in their order.</summary>
    private static IEnumerable<string> Skeleton(string text) => SkeletonPattern().Matches(text).Select(match => match.Value.StartsWith('#') ? match.Value[..match.Value.IndexOf(' ', StringComparison.Ordinal)] : match.Value);

    private static List<string> Lines(string text, Regex pattern) => [.. text.Split('\n').Where(line => pattern.IsMatch(line))];

    [GeneratedRegex("^```[^`]*^```$|^#+ .*$", RegexOptions.Multiline)]
    private static partial Regex SkeletonPattern();

    [GeneratedRegex(@"^\*\*.*\*\* — ")]
    private static partial Regex TopicPattern();

    [GeneratedRegex("^- ")]
    private static partial Regex ItemPattern();

    [GeneratedRegex(@"\]\(([^)]+)\)")]
    private static partial Regex LinkPattern();

    [GeneratedRegex(@"^\|")]
    private static partial Regex RowPattern();

    [GeneratedRegex("`[^`\n]+`")]
    private static partial Regex CommandPattern();
}
