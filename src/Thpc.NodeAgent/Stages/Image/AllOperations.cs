using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Stages.Image.Operations;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>All operations, in the order in which they are carried out (scripts are fetched before all), and the choice among them.</summary>
internal static class AllOperations
{
    private const string Defaults = "defaults";
    private const string Everything = "all";

    /// <summary>The marker is the last: it says that the rest is done.</summary>
    public static IReadOnlyList<Operation> All { get; } =
    [
        StorageOperations.Shared, LoginOperations.Root, AgentOperations.State, AgentOperations.Config, ScriptOperations.Keep,
        StorageOperations.DataDisks, NetworkOperations.Mounts, LoginOperations.Users, LoginOperations.ServerKeys, MachineOperations.Identity, MachineOperations.CloudInit,
        CacheAndLogOperations.Logs, LoginOperations.History, CacheAndLogOperations.Temporary, MachineOperations.Leases, NetworkInterfaceOperations.Cards, CacheAndLogOperations.Packages, SchedulerOperations.Keys,
        AgentOperations.Marker,
    ];

    /// <summary>A list with commas: defaults, all, NAME, -NAME; read from left to right.</summary>
    /// <param name="start">What a list that begins with -NAME takes away from, and what is meant without a list: defaults or all.</param>
    /// <exception cref="AgentException">CONFIG_INVALID, with every name that is not known.</exception>
    public static IReadOnlyList<Operation> Choose(string? list, string start)
    {
        HashSet<Operation> chosen = [];
        List<string> diagnostics = [];
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
                diagnostics.Add($"--operations: \"{ConfigDiagnostic.Printable(name)}\" is not known; {Remedy(name)}");
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
            diagnostics.Add("--operations: nothing is left to do");
        }

        return diagnostics.Count == 0
            ? [.. All.Where(chosen.Contains)]
            : throw new AgentException(ErrorCode.ConfigInvalid, string.Join('\n', diagnostics), new("`thpc-node-agent image prep --list-operations` says what there is; defaults, all and -NAME are words too.", "`thpc-node-agent image prep --list-operations` 可列出所有操作；也可使用 defaults、all 和 -NAME。"));
    }

    private static string Remedy(string name)
    {
        List<string> near = [.. All.Select(operation => operation.Name).Where(known => Suggestions.IsSimilar(known, name))];
        return near.Count > 0 ? $"did you mean {string.Join(" or ", near)}?" : $"known: {string.Join(", ", All.Select(operation => operation.Name))}";
    }
}
