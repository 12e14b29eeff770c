using System.CommandLine;
using System.Reflection;
using System.Text.RegularExpressions;
using Thpc.NodeAgent.Cli;

namespace Thpc.NodeAgent.Tests.Cli;

/// <summary>The man page matches the program's commands, options and exit codes.</summary>
public sealed partial class ManPageTests
{
    private static readonly string File = Path.Combine(Repository.Root, "images/package/thpc-node-agent.8");

    private static readonly string Page = System.IO.File.ReadAllText(File);

    /// <summary>The sections by title without arguments, each with the text up to the next title.</summary>
    private static readonly Dictionary<string, string> Sections =
        SectionPattern().Matches(Page).ToDictionary(match => match.Groups["name"].Value, match => match.Groups["text"].Value);

    public static TheoryData<string> Leaves => [.. Paths(AgentCommand.Create()).Select(path => path.Name)];

    [Theory]
    [MemberData(nameof(Leaves))]
    public void Commands_and_options_match_man_page(string name)
    {
        Assert.True(Sections.ContainsKey(name), $"the page has no section .Ss {name}");
        var command = Paths(AgentCommand.Create()).Single(path => path.Name == name).Command;
        Assert.Equal(Named(command.Options), OptionsOf(Sections[name]));
    }

    [Fact]
    public void Man_page_has_no_unknown_commands() => Assert.Equal(
        Leaves.Select(row => row.Data).Append("Global options").Order(StringComparer.Ordinal), Sections.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void Global_options_match_man_page() =>
        Assert.Equal(Named(AgentCommand.Create().Options), OptionsOf(Sections["Global options"]));

    [Fact]
    public void Exit_codes_match_man_page()
    {
        var status = ChapterOf("EXIT STATUS");
        Assert.Equal(
            typeof(ExitCode).GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral)
                .Select(field => (int)field.GetRawConstantValue()!).Order(),
            ItemPattern().Matches(status).SelectMany(match => match.Groups[1].Value.Split(" , ")).Select(int.Parse).Order());
    }

    [Theory]
    [InlineData("ENVIRONMENT",
        "THPC_CLUSTER_ID|THPC_NODE_ROLE|THPC_SCHEDULER_TYPE|THPC_ACCOUNT_TYPE|TENCENTCLOUD_SECRET_ID|"
            + "TENCENTCLOUD_SECRET_KEY|TENCENTCLOUD_TOKEN|LC_ALL|LC_MESSAGES|LANG|NO_COLOR|TERM|JOURNAL_STREAM|http_proxy|HTTPS_PROXY")]
    [InlineData("FILES",
        "/etc/thpc/node-agent.toml|/etc/thpc/cos-credentials.toml|/etc/thpc/image-prep.d|/root/thpc_preinstalled.json|/etc/fstab|/var/"
            + "lib/thpc-node-agent/report.json|/var/lib/thpc-node-agent/removed-storage|/var/log/thpc-node-agent/init-script-N.log|/run/"
            + "thpc-node-agent/lock|/run/thpc-node-agent/ready|thpc-node-agent.service|thpc-node-agent-guard.service")]
    public void Man_page_lists_variables_and_files(string chapter, string names)
    {
        var items = ItemPattern().Matches(ChapterOf(chapter)).SelectMany(match => match.Groups[1].Value.Split(' '))
            .ToHashSet(StringComparer.Ordinal);
        Assert.All(names.Split('|'), name => Assert.Contains(name, items));
    }

    private static IEnumerable<(string Name, Command Command)> Paths(Command command, string above = "") =>
        command.Subcommands.SelectMany(child =>
            Paths(child, $"{above}{child.Name} ").Concat(child.Action is null ? [] : [($"{above}{child.Name}", child)]));

    private static IEnumerable<string> Named(IEnumerable<Option> options) =>
        options.SelectMany(option => option.Aliases.Where(alias => alias.StartsWith("--", StringComparison.Ordinal)).Append(option.Name))
            .Order(StringComparer.Ordinal);

    /// <returns>The options in the section's list; options in other sentences are ignored.</returns>
    private static IEnumerable<string> OptionsOf(string section) =>
        ItemPattern().Matches(section).SelectMany(item => OptionPattern().Matches(item.Groups[1].Value))
            .Select(match => $"-{match.Groups[1].Value}").Order(StringComparer.Ordinal);

    private static string ChapterOf(string title) =>
        Regex.Match(Page, $@"^\.Sh {title}\n(.*?)(?=^\.Sh |\z)", RegexOptions.Multiline | RegexOptions.Singleline).Groups[1].Value;

    [GeneratedRegex(@"^\.Ss (?<name>.+?)(?: (?:Op )?Ar \w+)*\n(?<text>.*?)(?=^\.S[sh] |\z)",
        RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex SectionPattern();

    [GeneratedRegex(@"^\.It (.*)$", RegexOptions.Multiline)]
    private static partial Regex ItemPattern();

    [GeneratedRegex(@"(?:Fl|,) (-[a-z][-a-z]*)")]
    private static partial Regex OptionPattern();
}
