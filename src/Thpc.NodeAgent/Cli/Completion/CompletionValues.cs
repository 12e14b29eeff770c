using System.CommandLine;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Stages.Image;
using Thpc.NodeAgent.Stages.Mount;
using Thpc.NodeAgent.Stages.Mount.Fstab;

namespace Thpc.NodeAgent.Cli;

/// <summary>The values of options and arguments.</summary>
internal static class CompletionValues
{
    /// <param name="current">What is typed of the value.</param>
    /// <param name="parse">Parses the words before it, which may contain --root and --config.</param>
    public static IEnumerable<Completion> Of(Symbol symbol, string current, Func<ParseResult> parse)
    {
        var name = symbol is Option option ? option.HelpName ?? "" : ((Argument)symbol).HelpName ?? symbol.Name;
        return (symbol.Name, name) switch
        {
            ("--scheduler-type", _) => Words("SLURM", "SGE"),
            ("--account-type", _) => Words("NIS"),
            ("--operations", _) => Operations(current),
            ("LOCAL_PATH", _) => MountPoints(GlobalOptions.From(parse())),
            ("CODE", _) => ErrorCode.All.Select(code => new Completion(code.Name, code.Meaning.English)),
            _ when name.StartsWith("FILE", StringComparison.Ordinal) => [Completion.Files],
            (_, "DIR") => [Completion.Directories],
            _ when name.Contains('|') => Words([.. name.Split('|').Select(value => value.Trim('"'))]),
            _ => [],
        };
    }

    private static IEnumerable<Completion> Words(params string[] words) => words.Select(word => new Completion(word));

    /// <summary>The list is separated by commas; its last item is being typed.</summary>
    private static List<Completion> Operations(string current)
    {
        var start = current[..(current.LastIndexOf(',') + 1)];
        var minus = current.AsSpan(start.Length).StartsWith("-") ? "-" : "";
        List<Completion> items =
            [.. AllOperations.All.Select(operation => new Completion($"{start}{minus}{operation.Name}", operation.Does))];
        if (minus.Length == 0)
        {
            items.Add(new Completion($"{start}defaults", "all default operations"));
            items.Add(new Completion($"{start}all", "all operations"));
        }

        return items;
    }

    private static IEnumerable<Completion> MountPoints(GlobalOptions globals)
    {
        List<string> paths = [.. PersistedMount.Read(globals.Root, FstabWriter.Read(globals.Root)).Select(item => item.LocalPath)];
        try
        {
            paths.AddRange(globals.LoadConfig().Config.Storage.Select(storage => storage.LocalPath));
        }
        catch (AgentException)
        {
            // The entries of fstab can be removed without a valid configuration.
        }

        return paths.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(path => new Completion(path));
    }
}
