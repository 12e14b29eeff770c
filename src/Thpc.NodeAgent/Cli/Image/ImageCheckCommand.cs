using System.CommandLine;
using System.Text.Json;
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
            : Run(GlobalOptions.From(parse), parse.GetValue(Chosen) is { } list ? AllOperations.Choose(list, "defaults") : null,
                parse.GetValue(Chosen),
                parse.GetValue(ImageCommand.Json))));
        return command;
    }

    /// <param name="chosen">The selected operations; null inspects all and counts the findings of default and cluster operations.</param>
    /// <param name="list">As the user gave it.</param>
    private static int Run(GlobalOptions globals, IReadOnlyList<Operation>? chosen, string? list, bool json)
    {
        // Without root some paths cannot be read, so the result would be unreliable.
        if (globals.Root.IsLive)
        {
            GlobalOptions.RequireRoot("image check", Messages.ReadsRootsFiles);
        }

        ImageCommand.RequireSystem(globals.Root);
        using var node = new ImageNode(globals.Root, marker: null) { LastClusterId = ImageCommand.LastReport(globals)?.ClusterId };
        var inspected = chosen ?? AllOperations.All;
        var verdict = ImageVerdict.From(node.Inspect(inspected), IsCounted);
        bool IsCounted(Operation operation) =>
            chosen is null ? ImageVerdict.CountsByDefault(operation) : !(operation.IsRecreated && globals.Root.IsLive);
        if (ImageCommand.ManagerReason(globals) is { } reason)
        {
            var problem = $"this node is or was a manager: {reason}; nodes made from it would act as managers";
            verdict = verdict with { Uninspected = [problem, .. verdict.Uninspected] };
        }

        TerminalOutput.Warn(verdict.Notes.Concat(node.FindWarnings(inspected)).Distinct());

        if (json)
        {
            WriteJson(verdict);
        }
        else
        {
            Print(globals.Root, [.. inspected.Where(IsCounted)], verdict);
            if (!verdict.IsClean)
            {
                var again = ImageCommand.CommandLine("check", globals.Root, list);
                TerminalOutput.WriteLine($"→ {Hints.CheckAgain(again).In(globals.Language)}");
            }
        }

        return verdict.IsClean ? ExitCode.Done : ExitCode.CheckFoundProblems;
    }

    private static void Print(NodeRoot root, IReadOnlyList<Operation> counted, ImageVerdict verdict)
    {
        foreach (var (operation, change) in verdict.Leftovers)
        {
            TerminalOutput.WriteLine($"{operation.Name}: {TreePath.Display(change.Path)} ({change.Why})");
        }

        foreach (var uninspected in verdict.Uninspected)
        {
            TerminalOutput.WriteLine($"problem: {uninspected}");
        }

        // Findings are grouped by operation.
        var machineFindings = verdict.MachineFindings;
        for (int first = 0, next; first < machineFindings.Count; first = next)
        {
            var (operation, change) = machineFindings[first];
            next = first + 1;
            while (next < machineFindings.Count && machineFindings[next].Operation == operation && operation.Advice is null)
            {
                next++;
            }

            var more = next - first > 1 ? $" and {next - first - 1} more" : "";
            var advice = operation.Advice ?? "belongs to the source machine";
            TerminalOutput.WriteLine($"note: {operation.Name}: {TreePath.Display(change.Path)} ({change.Why}){more}: {advice}");
        }

        // Only the builder of an image knows which disks its nodes have.
        var advised = Names(verdict.Leftovers.Select(item => item.Operation).Where(operation => operation != StorageOperations.DataDisks));
        var count = verdict.Leftovers.Count + verdict.Uninspected.Count;
        var prep = ImageCommand.CommandLine("prep", root, string.Join(',', advised));
        var cleaned = verdict.Uninspected.Count > 0 ? "what could be inspected" : "them";
        var names = string.Join(", ", Names(counted.Where(operation => operation != AgentOperations.Marker)));
        TerminalOutput.WriteLine(
            count == 0 ? $"ok: nothing is left of {names}"
            : advised.Count == 0 ? $"{count} left."
            : $"{count} left: `{prep}` cleans {cleaned}.");

        static List<string> Names(IEnumerable<Operation> operations) => [.. operations.Distinct().Select(operation => operation.Name)];
    }

    private static void WriteJson(ImageVerdict verdict) => JsonOutput.Write(writer =>
    {
        writer.WriteStartArray();
        WriteItems(writer, "left", verdict.Leftovers);
        foreach (var problem in verdict.Uninspected)
        {
            writer.WriteStartObject();
            writer.WriteString("class", "problem");
            writer.WriteString("why", problem);
            writer.WriteEndObject();
        }

        WriteItems(writer, "source-machine", verdict.MachineFindings);
        writer.WriteEndArray();
    });

    private static void WriteItems(Utf8JsonWriter writer, string className, IEnumerable<ImageFinding> items)
    {
        foreach (var item in items)
        {
            writer.WriteStartObject();
            writer.WriteString("class", className);
            ImageCommand.WriteFields(writer, item);
            writer.WriteEndObject();
        }
    }
}
