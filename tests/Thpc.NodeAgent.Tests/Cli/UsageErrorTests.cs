using System.CommandLine;
using Thpc.NodeAgent.Cli;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Tests.Cli;

public sealed class UsageErrorTests
{
    public static TheoryData<string, string> Numbers
    {
        get
        {
            var rows = new TheoryData<string, string>();
            foreach (var (name, command) in Commands(AgentCommand.Create(), ""))
            {
                foreach (var option in command.Options.Where(option => option.ValueType == typeof(int) || option.ValueType == typeof(int?)))
                {
                    rows.Add(name, option.Name);
                }
            }

            return rows;
        }
    }

    [Theory]
    [InlineData("storage lst", "`thpc-node-agent storage` has no command \"lst\"", "thpc-node-agent storage list")]
    [InlineData("bootstap --dry-run", "`thpc-node-agent` has no command \"bootstap\"", "thpc-node-agent bootstrap")]
    [InlineData("bootstrap --dry-rn", "`thpc-node-agent bootstrap` has no option --dry-rn", "--dry-run")]
    [InlineData("bootstrap --node_role=LOGIN", "`thpc-node-agent bootstrap` has no option --node_role", "--node-role")]
    [InlineData("storage verify --repiar", "`thpc-node-agent storage verify` has no option --repiar", "--repair")]
    [InlineData("status --log-fromat json", "`thpc-node-agent status` has no option --log-fromat", "--log-format")]
    [InlineData("errors --jsn", "`thpc-node-agent errors` has no option --jsn", "--json")]
    [InlineData("storage remove --lazzy /data", "`thpc-node-agent storage remove` has no option --lazzy", "--lazy")]
    [InlineData("--verison", "`thpc-node-agent` has no option --verison", "--version")]
    [InlineData("fleet explan node1", "\"node1\" is one argument too many for `thpc-node-agent fleet`", "thpc-node-agent fleet explain")]
    [InlineData("storage umount", "`thpc-node-agent storage` has no command \"umount\"", null)]
    [InlineData("xyzzy", "`thpc-node-agent` has no command \"xyzzy\"", null)]
    [InlineData("bootstrap --quiet", "`thpc-node-agent bootstrap` has no option --quiet", null)]
    [InlineData("bootstrap now", "\"now\" is one argument too many for `thpc-node-agent bootstrap`", null)]
    [InlineData("storage", "`thpc-node-agent storage` needs a command: list, add, remove, verify", null)]
    [InlineData("storage remove", "LOCAL_PATH is missing: mount point", null)]
    [InlineData("scaling rounds queue.json", "--nodes is missing: nodes that the waiting jobs need, 1 to 100000", null)]
    [InlineData("status --timeout", "--timeout needs a value: 0 to 1000000", null)]
    [InlineData("status --config", "--config needs a value: FILE", null)]
    [InlineData("status --root /a --root /b", "--root is given 2 times", null)]
    [InlineData("status --lang fr", "--lang: \"fr\" is not valid; use en|zh", null)]
    public void Error_names_cause_and_what_is_similar(string line, string cause, string? similar)
    {
        var error = UsageError.From(AgentCommand.Create().Parse(line));
        Assert.Equal((ErrorCode.ConfigInvalid, cause), (error.Code, error.Message.Split('\n')[0]));
        Assert.Equal(similar is not null, error.Hint.English.Contains("Did you mean", StringComparison.Ordinal));
        Assert.Equal(similar is not null, error.Hint.Chinese.Contains("您是否想用", StringComparison.Ordinal));
        Assert.Contains(similar is null ? "--help`" : $"`{similar}`", error.Hint.English, StringComparison.Ordinal);
        Assert.Contains(similar is null ? "--help`" : $"`{similar}`", error.Hint.Chinese, StringComparison.Ordinal);
    }

    [Fact]
    public void All_problems_are_listed_once()
    {
        var error = UsageError.From(AgentCommand.Create().Parse("scaling match queue.json --cpus 0 --nodes x --no-such"));
        Assert.Equal(
            [
                "--cpus: \"0\" is not valid; use 1 to 100000",
                "--memory is missing: memory that the job needs on each node, in GB or with a unit: 12, 3.6, 12G, 4096M",
                "--nodes: \"x\" is not valid; use 1 to 100000",
                "`thpc-node-agent scaling match` has no option --no-such",
            ],
            error.Message.Split('\n').Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Number_is_refused_out_of_its_range_which_help_and_error_name(string name, string option)
    {
        var number = (NumberOption)Commands(AgentCommand.Create(), "").Single(item => item.Name == name)
            .Command.Options.Single(item => item.Name == option);
        var ends = number.Range.Split(" to ").Select(int.Parse).ToList();
        Assert.EndsWith($", {number.Range}", number.Description, StringComparison.Ordinal);
        foreach (var wrong in (string[])[$"{ends[0] - 1}", $"{ends[1] + 1L}", "99999999999999", "soon", "1.5", "1e2"])
        {
            var message = UsageError.From(AgentCommand.Create().Parse($"{name} {option}={wrong}")).Message;
            Assert.Contains($"{option}: \"{wrong}\" is not valid; use {number.Range}", message.Split('\n'));
        }

        foreach (var end in ends)
        {
            var parse = AgentCommand.Create().Parse($"{name} {option}={end}");
            Assert.DoesNotContain(parse.Errors, error => error.Message.Contains($"{end}", StringComparison.Ordinal));
            Assert.Equal(end, number.In(parse));
        }
    }

    [Theory]
    [InlineData("scaling rounds - --nodes 5")]
    [InlineData("scaling rounds ./-x --nodes 5")]
    public void Standard_input_is_an_argument(string line) => Assert.Empty(AgentCommand.Create().Parse(line).Errors);

    [Fact]
    public void Every_command_with_a_limit_has_a_row() => Assert.InRange(Numbers.Count, 10, 40);

    private static IEnumerable<(string Name, Command Command)> Commands(Command command, string above) =>
        command.Subcommands.SelectMany(child => Commands(child, $"{above}{child.Name} ").Prepend((above + child.Name, child)));
}
