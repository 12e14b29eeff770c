using System.CommandLine;

namespace Thpc.NodeAgent.Cli;

/// <summary>Computes from the command model what can be typed next.</summary>
internal static class CommandLineCompleter
{
    /// <param name="words">The words after the program's name; the last one is being typed and may be empty.</param>
    public static IReadOnlyList<Completion> Complete(RootCommand root, IReadOnlyList<string> words)
    {
        // bash breaks --option=value into three words.
        List<string> before = [.. words.Take(words.Count - 1).Where(word => word != "=")];
        var current = words.Count == 0 || words[^1] == "=" ? "" : words[^1];
        var (path, waiting, arguments) = Walk(root, before);
        IEnumerable<Completion> ValuesOf(Symbol symbol, string typed) => CompletionValues.Of(symbol, typed, () => root.Parse(before));
        if (waiting is not null)
        {
            return Matching(ValuesOf(waiting, current), current);
        }

        if (!current.StartsWith('-'))
        {
            return Matching(WordsOf(path, root, before, arguments, argument => ValuesOf(argument, current)), current);
        }

        if (current.Split('=', 2) is not [var name, var value])
        {
            return Matching(OptionsOf(path).Select(option => new Completion(option.Name, option.Description ?? "")), current);
        }

        var assigned = OptionsOf(path).FirstOrDefault(option => option.Name == name);
        return assigned is null ? []
            : [.. Matching(ValuesOf(assigned, value), value)
                .Select(item => item.IsWord ? item with { Word = $"{name}={item.Word}" } : item)];
    }

    /// <returns>The commands, the option whose value comes next, and the number of arguments so far.</returns>
    private static (IReadOnlyList<Command> Path, Option? Waiting, int Arguments) Walk(RootCommand root, IEnumerable<string> words)
    {
        List<Command> path = [root];
        Option? waiting = null;
        var arguments = 0;
        foreach (var word in words)
        {
            if (waiting is not null)
            {
                waiting = null;
            }
            else if (word.StartsWith('-'))
            {
                waiting = OptionsOf(path).FirstOrDefault(option => option.Name == word && option.Arity.MinimumNumberOfValues > 0);
            }
            else if (arguments == 0 && path[^1].Subcommands.FirstOrDefault(child => child.Name == word) is { } child)
            {
                path.Add(child);
            }
            else
            {
                arguments++;
            }
        }

        return (path, waiting, arguments);
    }

    private static IEnumerable<Option> OptionsOf(IReadOnlyList<Command> path) =>
        path.Count == 1 ? path[0].Options : path[^1].Options.Concat(path[0].Options.Where(option => option.Recursive));

    private static IEnumerable<Completion> WordsOf(
        IReadOnlyList<Command> path,
        RootCommand root,
        IReadOnlyList<string> before,
        int arguments,
        Func<Argument, IEnumerable<Completion>> valuesOf)
    {
        var command = path[^1];
        if (command.Arguments.Contains(HelpCommand.Words))
        {
            return Subcommands(Walk(root, before.SkipWhile(word => word != command.Name).Skip(1)).Path[^1]);
        }

        var children = arguments == 0 ? Subcommands(command) : [];
        return arguments < command.Arguments.Count ? children.Concat(valuesOf(command.Arguments[arguments])) : children;
    }

    private static IEnumerable<Completion> Subcommands(Command command) =>
        command.Subcommands.Select(child => new Completion(child.Name, AgentCommand.SummaryOf(child)));

    private static IReadOnlyList<Completion> Matching(IEnumerable<Completion> all, string current) =>
        [.. all.Where(item => !item.IsWord || item.Word.StartsWith(current, StringComparison.Ordinal))];
}
