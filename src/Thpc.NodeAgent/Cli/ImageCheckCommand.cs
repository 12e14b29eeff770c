using System.CommandLine;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Stages.Image;

namespace Thpc.NodeAgent.Cli;

/// <summary>`image check`.</summary>
internal static class ImageCheckCommand
{
    private static readonly Option<string?> Chosen = ImageCommand.OperationsOption("all");

    public static Command Create()
    {
        var command = new Command("check", AgentCommand.WithExample(
            "What is left that an image should not have: everything that `image prep` with the same operations would remove. Changes nothing; exits 5 while anything is left. A running machine soon has logs and temporary files again: `--operations=-logs,-tmp` looks past them.",
            "thpc-node-agent image check --root /mnt/image"))
        {
            Chosen, ImageCommand.ListOperations, ImageCommand.Json,
        };
        command.OnRun((parse, _) => Task.FromResult(parse.GetValue(ImageCommand.ListOperations)
            ? ImageCommand.PrintOperations(parse.GetValue(ImageCommand.Json))
            : Run(Globals.Of(parse), Operations.Choose(parse.GetValue(Chosen), "all"), parse.GetValue(ImageCommand.Json))));
        return command;
    }

    private static int Run(Globals globals, IReadOnlyList<Operation> operations, bool json)
    {
        // Who cannot look everywhere can say of nothing that it is clean.
        if (globals.Root.IsLive)
        {
            Globals.DemandRoot("image check", "reads what only root may read");
        }

        ImageCommand.DemandSystem(globals.Root);
        using var node = new ImageNode(globals.Root, marker: null) { LastClusterId = ImageCommand.LastReport(globals)?.ClusterId };
        IReadOnlyList<Findings> found = node.Look(operations);
        IEnumerable<string> manager = ImageCommand.ManagerReason(globals) is { } reason ? [$"this is a manager node, or was one: {reason}; nodes made from it would take themselves for one"] : [];
        foreach (var note in manager.Concat(found.SelectMany(findings => findings.Notes)).Distinct())
        {
            Console.Error.WriteLine($"thpc-node-agent: warning: {note}");
        }

        (Operation Operation, Leftover Leftover)[] items = [.. found.SelectMany(findings => findings.Leftovers.Select(leftover => (findings.Operation, leftover)))];
        if (json)
        {
            ImageCommand.WriteJson(items);
        }
        else
        {
            foreach (var (operation, leftover) in items)
            {
                Console.WriteLine($"{operation.Name}: {TreePath.Show(leftover.Path)} ({leftover.Why})");
            }

            Console.WriteLine(items.Length == 0
                ? $"ok: nothing is left of {string.Join(", ", operations.Where(operation => operation != AgentOperations.Marker).Select(operation => operation.Name))}"
                : $"{items.Length} left: `thpc-node-agent image prep --operations {string.Join(',', items.Select(item => item.Operation.Name).Distinct())}` cleans them.");
        }

        return items.Length == 0 ? ExitCode.Done : ExitCode.CheckFoundProblems;
    }
}
