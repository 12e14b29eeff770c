using System.CommandLine;
using System.CommandLine.Parsing;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Cli;

/// <summary>What is wrong with a command line, in the form of every other error.</summary>
internal static class UsageError
{
    /// <param name="parse">Has errors.</param>
    public static Error From(ParseResult parse)
    {
        var path = AgentCommand.PathOf(parse.CommandResult);
        var command = path[^1];
        var unknown = parse.UnmatchedTokens.FirstOrDefault(token => !token.StartsWith('-'));
        if (unknown is not null && command.Subcommands.Count > 0 && command.Arguments.Count == 0)
        {
            return UnknownCommand(path, unknown);
        }

        List<LocalizedText> problems = [];

        // A command may have both arguments and subcommands.
        var similar = parse.UnmatchedTokens.Count > 0 && parse.CommandResult.Tokens is [var first, ..]
            && Similar(command.Subcommands.Select(item => item.Name), first.Value) is { } child
            ? $"{AgentCommand.NameOf(path)} {child}" : null;
        List<string> taken = [.. parse.Errors.Select(error => UnknownOption(error.SymbolResult)).OfType<string>()];
        foreach (var token in taken.Concat(parse.UnmatchedTokens.Where(token => token.StartsWith('-'))))
        {
            var name = token.Split('=')[0];
            problems.Add(Messages.NoSuchOption(AgentCommand.NameOf(path), TerminalText.Quoted(name)));
            similar ??= Similar(OptionsOf(path), name);
        }

        // After a mistyped option that was taken for an argument, the argument itself is not one too many.
        if (taken.Count == 0)
        {
            problems.AddRange(parse.UnmatchedTokens.Where(token => !token.StartsWith('-')).Select(token =>
                Messages.OneArgumentTooMany(TerminalText.Quoted(token), AgentCommand.NameOf(path))));
        }

        foreach (var error in parse.Errors)
        {
            if (Describe(error) is { } problem && !problems.Contains(problem))
            {
                problems.Add(problem);
            }
        }

        if (problems.Count == 0)
        {
            problems.Add(command.Subcommands.Count > 0 && command.Action is null ? MissingCommand(path) : MissingArgument(parse, command));
        }

        return new Error(ErrorCode.ConfigInvalid, LocalizedText.Join("\n", problems), Hint(path, similar));
    }

    /// <param name="path">The commands from the root to the one that has no such subcommand.</param>
    public static Error UnknownCommand(IReadOnlyList<Command> path, string word)
    {
        var similar = Similar(path[^1].Subcommands.Select(child => child.Name), word);
        return new Error(
            ErrorCode.ConfigInvalid,
            Messages.NoSuchCommand(AgentCommand.NameOf(path), TerminalText.Quoted(word)),
            Hint(path, similar is null ? null : $"{AgentCommand.NameOf(path)} {similar}"));
    }

    /// <returns>The value of an argument that looks like an option; - alone is standard input.</returns>
    public static string? UnknownOption(SymbolResult? result) =>
        (result as ArgumentResult)?.Tokens.FirstOrDefault(token => token.Value is ['-', _, ..])?.Value;

    private static LocalizedText Hint(IReadOnlyList<Command> path, string? similar) =>
        similar is null ? Hints.SeeHelp(AgentCommand.NameOf(path)) : Hints.DidYouMean(similar, AgentCommand.NameOf(path));

    private static string? Similar(IEnumerable<string> known, string given) =>
        known.FirstOrDefault(name => Suggestions.IsSimilar(name, given));

    private static IEnumerable<string> OptionsOf(IReadOnlyList<Command> path) =>
        path[^1].Options.Concat(path[0].Options.Where(option => path.Count == 1 || option.Recursive)).Select(option => option.Name);

    private static LocalizedText MissingCommand(IReadOnlyList<Command> path) => path.Count == 1
        ? Messages.NeedsCommand(AgentCommand.NameOf(path))
        : Messages.NeedsCommand(AgentCommand.NameOf(path))
            + $": {string.Join(", ", path[^1].Subcommands.Select(child => child.Name))}";

    private static LocalizedText MissingArgument(ParseResult parse, Command command) =>
        command.Arguments.FirstOrDefault(argument =>
            argument.Arity.MinimumNumberOfValues > 0 && parse.GetResult(argument)?.Tokens is null or []) is { } missing
            ? Messages.IsMissing(missing.Name, missing.Description)
            : parse.Errors[0].Message.ReplaceLineEndings(" ");

    /// <returns>Null for an error of the command as a whole.</returns>
    private static LocalizedText? Describe(ParseError error)
    {
        // An error of an option's value belongs to the option or to its argument.
        if ((error.SymbolResult as OptionResult ?? error.SymbolResult?.Parent as OptionResult) is { } result)
        {
            return Describe(result);
        }

        return error.SymbolResult is ArgumentResult { Tokens: [var token] } argument && UnknownOption(argument) is null
            ? $"{argument.Argument.Name}: " + NotValid(token.Value, argument.Argument.HelpName)
            : null;
    }

    private static LocalizedText Describe(OptionResult result)
    {
        var option = result.Option;
        var valid = (option as NumberOption)?.Range ?? option.HelpName;
        return result.Tokens switch
        {
            [] when result.Implicit => Messages.IsMissing(option.Name, option.Description),
            [] => Messages.NeedsValue(option.Name) + (valid is null ? "" : $": {valid}"),
            [_, _, ..] when option.Arity.MaximumNumberOfValues == 1 => Messages.GivenTimes(option.Name, result.Tokens.Count),
            [.., var token] => $"{option.Name}: " + NotValid(token.Value, valid),
        };
    }

    /// <param name="valid">Null if only the option itself knows.</param>
    private static LocalizedText NotValid(string given, string? valid) =>
        valid is null ? Messages.NotValid(TerminalText.Quoted(given)) : Messages.NotValidUse(TerminalText.Quoted(given), valid);
}
