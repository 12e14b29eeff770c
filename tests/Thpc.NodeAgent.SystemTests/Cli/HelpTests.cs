using System.CommandLine;
using System.Text.RegularExpressions;
using Thpc.NodeAgent.Cli;

namespace Thpc.NodeAgent.SystemTests.Cli;

/// <summary>Compares the list in the help with the commands of the model.</summary>
public sealed partial class HelpTests : IDisposable
{
    private readonly TemporaryNode _node = new();

    public static TheoryData<string> Groups =>
        ["", .. All(AgentCommand.Create(), "").Where(item => item.Command.Subcommands.Count > 0).Select(item => item.Name)];

    public void Dispose() => _node.Dispose();

    [Theory]
    [MemberData(nameof(Groups))]
    public async Task List_shows_each_command_on_one_line(string name)
    {
        var run = await Agent.RunAsync(_node, [.. name.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);
        var lines = run.Output.Split("Commands:\n")[1].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var commands = (name.Length == 0 ? AgentCommand.Create() : Find(name)).Subcommands;
        Assert.Equal(
            commands.Select(command => $"{command.Name} {AgentCommand.SummaryOf(command)}"),
            lines.Select(line => BlanksPattern().Replace(ArgumentPattern().Replace(line, ""), " ").Trim()));
    }

    private static Command Find(string name) => All(AgentCommand.Create(), "").Single(item => item.Name == name).Command;

    private static IEnumerable<(string Name, Command Command)> All(Command command, string above) => command.Subcommands.SelectMany(child =>
        All(child, $"{above}{child.Name} ").Prepend(($"{above}{child.Name}", child)));

    [GeneratedRegex(" <[^>]*>")]
    private static partial Regex ArgumentPattern();

    [GeneratedRegex(" +")]
    private static partial Regex BlanksPattern();
}
