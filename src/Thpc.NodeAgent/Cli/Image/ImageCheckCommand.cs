using System.CommandLine;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Stages.Image;
using Thpc.NodeAgent.Stages.Image.Operations;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Cli;

/// <summary>`image check`.</summary>
internal static class ImageCheckCommand
{
    private static readonly Option<string?> Chosen = ImageCommand.OperationsOption("defaults and cluster traces");

    public static Command Create()
    {
        var command = new Command("check", AgentCommand.Describe(
            "Look for data in an image that should not be there.",
            "Checks this node or, with --root, an unpacked image; changes nothing. Exit code 5 if data of the old "
                + "cluster is left, if `image prep` would remove something by default, or if something could not be "
                + "checked. Data of the source machine is only listed. After `image prep --operations LIST`, check with the "
                + "same LIST.",
            "thpc-node-agent image check --root /mnt/image"))
        {
            Chosen, ImageCommand.ListOperations, ImageCommand.Json,
        };
        command.OnRun((parse, _) => Task.FromResult(parse.GetValue(ImageCommand.ListOperations)
            ? ImageCommand.PrintOperations(parse.GetValue(ImageCommand.Json))
            : Run(GlobalOptions.From(parse), parse.GetValue(Chosen) is { } list ? AllOperations.Choose(list, "defaults") : null, parse.GetValue(ImageCommand.Json))));
        return command;
    }

    /// <param name="chosen">Null: all look, and those count that count by default.</param>
    private static int Run(GlobalOptions globals, IReadOnlyList<Operation>? chosen, bool json)
    {
        // Who cannot look everywhere can say of nothing that it is clean.
        if (globals.Root.IsLive)
        {
            GlobalOptions.RequireRoot("image check", "reads what only root may read");
        }

        ImageCommand.RequireSystem(globals.Root);
        using var node = new ImageNode(globals.Root, marker: null) { LastClusterId = ImageCommand.LastReport(globals)?.ClusterId };
        var looked = chosen ?? AllOperations.All;
        var verdict = ImageVerdict.From(node.Inspect(looked), IsCounted);
        bool IsCounted(Operation operation) =>
            chosen is null ? ImageVerdict.CountsByDefault(operation) : !(operation.ComesAgain && globals.Root.IsLive);
        if (ImageCommand.ManagerReason(globals) is { } reason)
        {
            verdict = verdict with { Unseen = [$"this is a manager node, or was one: {reason}; nodes made from it would take themselves for one", .. verdict.Unseen] };
        }

        foreach (var note in verdict.Notes.Concat(node.FindWarnings(looked)).Distinct())
        {
            Console.Error.WriteLine($"thpc-node-agent: warning: {note}");
        }

        if (json)
        {
            WriteJson(verdict);
        }
        else
        {
            Print(globals.Root, [.. looked.Where(IsCounted)], verdict);
        }

        return verdict.IsClean ? ExitCode.Done : ExitCode.CheckFoundProblems;
    }

    private static void Print(NodeRoot root, IReadOnlyList<Operation> counted, ImageVerdict verdict)
    {
        foreach (var (operation, change) in verdict.Left)
        {
            Console.WriteLine($"{operation.Name}: {TreePath.Display(change.Path)} ({change.Why})");
        }

        foreach (var unseen in verdict.Unseen)
        {
            Console.WriteLine($"problem: {unseen}");
        }

        // Of each operation its findings follow one another.
        var ofMachine = verdict.OfMachine;
        for (int first = 0, next; first < ofMachine.Count; first = next)
        {
            var (operation, change) = ofMachine[first];
            for (next = first + 1; next < ofMachine.Count && ofMachine[next].Operation == operation && operation.IfLeft is null; next++)
            {
            }

            var more = next - first > 1 ? $" and {next - first - 1} more" : "";
            Console.WriteLine($"note: {operation.Name}: {TreePath.Display(change.Path)} ({change.Why}){more}: {operation.IfLeft ?? "of the source machine"}");
        }

        // Which disks the nodes of an image have is for its builder to say.
        var advised = verdict.Left.Select(item => item.Operation).Where(operation => operation != StorageOperations.DataDisks).Distinct().Select(operation => operation.Name).ToList();
        var count = verdict.Left.Count + verdict.Unseen.Count;
        Console.WriteLine(
            count == 0 ? $"ok: nothing is left of {string.Join(", ", counted.Where(operation => operation != AgentOperations.Marker).Select(operation => operation.Name))}"
            : advised.Count == 0 ? $"{count} left."
            : $"{count} left: `thpc-node-agent image prep{(root.IsLive ? "" : $" --root {ShellWord.Quote(root.Prefix)}")} --operations {string.Join(',', advised)}` cleans {(verdict.Unseen.Count > 0 ? "what could be looked at" : "them")}.");
    }

    private static void WriteJson(ImageVerdict verdict) => JsonOutput.Write(writer =>
    {
        writer.WriteStartArray();
        ImageCommand.WriteItems(writer, verdict.Left, "left");
        foreach (var unseen in verdict.Unseen)
        {
            writer.WriteStartObject();
            writer.WriteString("class", "problem");
            writer.WriteString("why", unseen);
            writer.WriteEndObject();
        }

        ImageCommand.WriteItems(writer, verdict.OfMachine, "source-machine");
        writer.WriteEndArray();
    });
}
