using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Stages.Image.Operations;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>All image operations in execution order (scripts are downloaded before the first), and the parser of --operations.</summary>
internal static class AllOperations
{
    private const string Defaults = "defaults";
    private const string Everything = "all";

    /// <summary>The marker comes last: it states that all other operations are done.</summary>
    public static IReadOnlyList<Operation> All { get; } =
    [
        StorageOperations.Shared, LoginOperations.Root, AgentOperations.State, AgentOperations.Config, ScriptOperations.Keep,
        StorageOperations.DataDisks, NetworkOperations.Mounts, LoginOperations.Users, LoginOperations.ServerKeys,
        MachineOperations.Identity, MachineOperations.CloudInit, CacheAndLogOperations.Logs, LoginOperations.History,
        CacheAndLogOperations.Temporary, MachineOperations.Leases, NetworkInterfaceOperations.Interfaces, CacheAndLogOperations.Packages,
        SchedulerOperations.Keys, AgentOperations.Marker,
    ];

    /// <summary>Parses a comma-separated list of defaults, all, NAME and -NAME, from left to right.</summary>
    /// <param name="start">Used if there is no list, and as the base of a list that begins with -NAME: defaults or all.</param>
    /// <exception cref="AgentException">CONFIG_INVALID, with every unknown name.</exception>
    public static IReadOnlyList<Operation> Choose(string? list, string start)
    {
        HashSet<Operation> chosen = [];
        List<LocalizedText> diagnostics = [];
        var words = (list ?? start).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        foreach (var word in words is [['-', ..], ..] ? [start, .. words] : words)
        {
            var name = word.TrimStart('-');
            if (word == Defaults || word == Everything)
            {
                chosen.UnionWith(All.Where(operation => operation.IsDefault || word == Everything));
            }
            else if (All.FirstOrDefault(operation => operation.Name == name) is not { } operation)
            {
                diagnostics.Add(Messages.UnknownOperation(TerminalText.Quoted(name), Suggest(name)));
            }
            else if (word.StartsWith('-'))
            {
                chosen.Remove(operation);
            }
            else
            {
                chosen.Add(operation);
            }
        }

        if (diagnostics.Count == 0 && chosen.Count == 0)
        {
            diagnostics.Add(Messages.NoOperation);
        }

        return diagnostics.Count == 0
            ? [.. All.Where(chosen.Contains)]
            : throw new AgentException(ErrorCode.ConfigInvalid, LocalizedText.Join("\n", diagnostics), Hints.ListOperations);
    }

    private static LocalizedText Suggest(string name)
    {
        List<string> near = [.. All.Select(operation => operation.Name).Where(known => Suggestions.IsSimilar(known, name))];
        return near.Count > 0
            ? Messages.DidYouMean(near.Skip(1).Aggregate((LocalizedText)near[0], (names, next) => names + Messages.Or + next))
            : Messages.ValidNames(string.Join(", ", All.Select(operation => operation.Name)));
    }
}
