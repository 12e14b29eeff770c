using System.CommandLine;
using Thpc.NodeAgent.Cli;

namespace Thpc.NodeAgent.Tests.Cli;

public sealed class HelpTextTests
{
    public static TheoryData<string> Commands => [.. Paths([AgentCommand.Create()]).Select(NameOf)];

    [Theory]
    [MemberData(nameof(Commands))]
    public void Lines_fit_the_width_and_lose_no_word(string name)
    {
        var root = AgentCommand.Create();
        var path = Paths([root]).Single(path => NameOf(path) == name);
        var widest = Words(HelpText.Write(root, path, 100));
        foreach (var columns in (int[])[40, 80, 120])
        {
            var text = HelpText.Write(root, path, columns);
            Assert.All(text.Split('\n'), line =>
            {
                var word = line.Trim();
                var isOneWord = !word.TrimEnd('\\', ' ').Contains(' ', StringComparison.Ordinal)
                    || word.StartsWith("--", StringComparison.Ordinal)
                    || word.StartsWith('"');
                Assert.True(line.Length <= Math.Min(columns, 100) || isOneWord, $"{line.Length}: {line}");
                Assert.Equal(line.TrimEnd(), line);
            });
            Assert.Equal(widest, Words(text));
        }
    }

    [Fact]
    public void Root_lists_each_command_once_on_one_line_in_a_group()
    {
        var root = AgentCommand.Create();
        var lines = HelpText.Write(root, [root], 80).Split('\n');
        foreach (var command in root.Subcommands)
        {
            var line = Assert.Single(lines, line => line.StartsWith($"  {command.Name} ", StringComparison.Ordinal));
            Assert.EndsWith($" {AgentCommand.SummaryOf(command)}", line, StringComparison.Ordinal);
        }

        Assert.Equal(root.Subcommands.Count, AgentCommand.GroupsOf(root).Sum(group => group.Commands.Count));
        Assert.DoesNotContain(lines, line => line.Contains("--log-format", StringComparison.Ordinal));
        Assert.InRange(lines.Length, 20, 40);
    }

    [Fact]
    public void Command_shows_default_and_required_options_and_example()
    {
        var root = AgentCommand.Create();
        string Text(string name) => HelpText.Write(root, Paths([root]).Single(path => NameOf(path) == name), 100);
        Assert.Matches(@"--timeout SECONDS +limit for --wait, 0 to 1000000 \(default: 7200\)\n", Text("status"));
        Assert.Matches(@"--cpus N .*\(required\)\n", Text("scaling match"));
        Assert.Contains("\nExamples:\n  thpc-node-agent status --wait", Text("status"), StringComparison.Ordinal);
        Assert.Contains("thpc-node-agent fleet explain NODE [DIR] [OPTIONS]\n", Text("fleet explain"), StringComparison.Ordinal);
    }

    [Fact]
    public void Broken_example_can_be_pasted()
    {
        var root = AgentCommand.Create();
        var path = Paths([root]).Single(path => NameOf(path) == "storage add");
        var text = HelpText.Write(root, path, 40).Split("\nExample:\n")[1];
        Assert.Contains(" \\\n", text, StringComparison.Ordinal);
        Assert.Contains("--protocol \"NFS 4.0\"", text, StringComparison.Ordinal);
        Assert.Equal(HelpText.Examples(path[^1]), [string.Join(' ', text.Split("\\\n", StringSplitOptions.TrimEntries))]);
    }

    private static string[] Words(string text) => text.Split([' ', '\n', '\\'], StringSplitOptions.RemoveEmptyEntries);

    private static string NameOf(IReadOnlyList<Command> path) => string.Join(' ', path.Skip(1).Select(command => command.Name));

    private static IEnumerable<IReadOnlyList<Command>> Paths(IReadOnlyList<Command> path) =>
        path[^1].Subcommands.SelectMany(child => Paths([.. path, child])).Prepend(path);
}
