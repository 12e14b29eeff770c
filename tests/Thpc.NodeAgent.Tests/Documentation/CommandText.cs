using System.CommandLine;
using Thpc.NodeAgent.Cli;

namespace Thpc.NodeAgent.Tests.Documentation;

/// <summary>A command of the model with the parts of its description.</summary>
/// <param name="Name">The words that lead to it, such as "storage add".</param>
/// <param name="Examples">Command lines.</param>
internal sealed record CommandText(string Name, Command Command, string Summary, string Details, IReadOnlyList<string> Examples)
{
    private const string Example = "Example:\n";

    /// <summary>Every command that can be run, in the order of the help.</summary>
    public static IReadOnlyList<CommandText> All { get; } = [.. Runnable(AgentCommand.Create(), "")];

    /// <summary>The options that every command has.</summary>
    public static IReadOnlyList<Option> GlobalOptions { get; } = [.. AgentCommand.Create().Options];

    /// <summary>With its arguments: "fleet [DIR]".</summary>
    public string Usage => string.Join(' ', [Name, .. Command.Arguments.Select(argument =>
        argument.Arity.MinimumNumberOfValues == 0 ? $"[{argument.Name}]" : argument.Name)]);

    /// <summary>The description of an option, its default, and whether it is required.</summary>
    public static string Describe(Option option) =>
        option.Description + (option.Required ? " (required)" : DefaultOf(option) is { } value ? $" (default: {value})" : "");

    private static string? DefaultOf(Option option) =>
        option.HasDefaultValue && option.ValueType is { IsEnum: false, IsArray: false } type && type != typeof(bool)
            ? option.GetDefaultValue()?.ToString()
            : null;

    private static IEnumerable<CommandText> Runnable(Command command, string above) => command.Subcommands.SelectMany(child =>
        (child.Action is null ? [] : (CommandText[])[Of(child, above + child.Name)]).Concat(Runnable(child, $"{above}{child.Name} ")));

    private static CommandText Of(Command command, string name)
    {
        var parts = command.Description!.Split("\n\n");
        return new CommandText(
            name,
            command,
            parts[0],
            string.Join("\n\n", parts[1..].Where(part => !part.StartsWith(Example, StringComparison.Ordinal))),
            [.. parts.Where(part => part.StartsWith(Example, StringComparison.Ordinal))
                .SelectMany(part => part[Example.Length..].Split('\n', StringSplitOptions.TrimEntries))]);
    }
}
