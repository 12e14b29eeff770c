using System.CommandLine;
using System.CommandLine.Invocation;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Cli;

/// <summary>`help`, and the action of --help.</summary>
internal static class HelpCommand
{
    public static readonly Argument<string[]> Words = new("COMMAND")
    {
        Description = "command to explain, such as `storage add` (default: list all commands)",
        Arity = ArgumentArity.ZeroOrMore,
    };

    public static Command Create()
    {
        var command = new Command("help", AgentCommand.Describe(
            "Explain a command and its options.",
            "",
            "thpc-node-agent help storage add"))
        {
            Words,
        };
        command.OnRun((parse, _) =>
        {
            var root = (RootCommand)parse.RootCommandResult.Command;
            List<Command> path = [root];
            foreach (var word in parse.GetValue(Words) ?? [])
            {
                path.Add(path[^1].Subcommands.FirstOrDefault(child => child.Name == word)
                    ?? throw new AgentException(UsageError.UnknownCommand(path, word)));
            }

            Print(root, path);
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    private static void Print(RootCommand root, IReadOnlyList<Command> path) =>
        TerminalOutput.Write(HelpText.Write(root, path, Terminal.Columns ?? Terminal.DefaultColumns));

    /// <summary>Prints the help of the command that was given.</summary>
    internal sealed class Action : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            Print((RootCommand)parseResult.RootCommandResult.Command, AgentCommand.PathOf(parseResult.CommandResult));
            return ExitCode.Done;
        }
    }
}
