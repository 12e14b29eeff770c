using System.CommandLine;
using Thpc.NodeAgent.Cli;

namespace Thpc.NodeAgent.Tests.Documentation;

/// <summary>A command of the model with the parts of its description.</summary>
/// <param name="Name">The words that lead to it, such as "storage add".</param>
/// <param name="Examples">Command lines.</param>
internal sealed record CommandText(string Name, Command Command, string Summary, string Details, IReadOnlyList<string> Examples)
{
    /// <summary>Every command that can be run, in the order of the help.</summary>
    public static IReadOnlyList<CommandText> All { get; } = [.. Runnable(AgentCommand.Create(), "")];

    /// <summary>The options that every command has.</summary>
    public static IReadOnlyList<Option> GlobalOptions { get; } = [.. AgentCommand.Create().Options];

    /// <summary>With its arguments: "fleet [DIR]".</summary>
    public string Usage => Command.Arguments.Count == 0 ? Name : $"{Name} {HelpText.Arguments(Command)}";

    private static IEnumerable<CommandText> Runnable(Command command, string above) => command.Subcommands.SelectMany(child =>
        (child.Action is null ? [] : (CommandText[])[Of(child, above + child.Name)]).Concat(Runnable(child, $"{above}{child.Name} ")));

    private static CommandText Of(Command command, string name)
    {
        List<string> paragraphs = [.. HelpText.Paragraphs(command)];
        return new CommandText(name, command, paragraphs[0], string.Join("\n\n", paragraphs[1..]), [.. HelpText.Examples(command)]);
    }
}
