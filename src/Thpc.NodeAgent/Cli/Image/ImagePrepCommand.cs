using System.CommandLine;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Stages;
using Thpc.NodeAgent.Stages.Image;
using Thpc.NodeAgent.Stages.Image.Operations;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Cli;

/// <summary>`image prep`.</summary>
internal static class ImagePrepCommand
{
    // Output without a terminal must stay short; --dry-run and --json list every path.
    private const int MaxPaths = 10;
    private static readonly Option<string?> Chosen = ImageCommand.OperationsOption("defaults");
    private static readonly Option<string?> Backup = new("--backup")
    {
        Description = "save removed and changed files in this new .tar.gz (mode 0600); if it cannot be written, nothing is removed",
        HelpName = "FILE",
    };
    private static readonly Option<bool> Yes = new("--yes") { Description = "do not ask" };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "print every path that would change, change nothing" };

    public static Command Create()
    {
        var command = new Command("prep", AgentCommand.Describe(
            "Remove cluster data before an image is captured.",
            "Works on this node or, with --root, on an unpacked image. Removes data of the cluster and writes the "
                + "marker, which records that the packages are installed. Shows the plan and asks. Lists what data-disks and "
                + "network-mounts would remove; removes it only on request. Follows no symbolic link, crosses no mount "
                + "point, and refuses on a manager node. Then runs the programs in /etc/thpc/image-prep.d in order of name; "
                + "they must belong to root and may take 600 seconds each. With --root it runs none of them.",
            "thpc-node-agent image prep --operations defaults,ssh-host-keys,machine-id --backup /mnt/kept.tar.gz"))
        {
            Chosen, Backup, Yes, DryRun, ImageCommand.ListOperations, ImageCommand.Json,
        };
        command.OnRun((parse, cancel) => parse.GetValue(ImageCommand.ListOperations)
            ? Task.FromResult(ImageCommand.PrintOperations(parse.GetValue(ImageCommand.Json)))
            : RunAsync(GlobalOptions.From(parse), parse, cancel));
        return command;
    }

    private static async Task<int> RunAsync(GlobalOptions globals, ParseResult parse, CancellationToken cancel)
    {
        var operations = AllOperations.Choose(parse.GetValue(Chosen), "defaults");
        var dryRun = parse.GetValue(DryRun);
        if (!dryRun)
        {
            GlobalOptions.RequireRoot("image prep");
        }

        ImageCommand.RequireSystem(globals.Root);
        if (ImageCommand.ManagerReason(globals) is { } reason)
        {
            throw new AgentException(ErrorCode.ImageRefused, Messages.ManagerNode(reason));
        }

        using var runLock = dryRun ? null
            : globals.Root.IsLive
                ? RunLock.Acquire(globals.Root, "image prep", TimeProvider.System.GetUtcNow())
                : RunLock.AcquireForImage(globals.Root);
        var (manifest, problems) = await ImageCommand.ManifestAsync(globals, cancel);
        using var scripts = operations.Contains(ScriptOperations.Keep) ? new ImageScripts(globals) : null;
        using var node =
            new ImageNode(globals.Root, manifest) { Keeper = scripts?.Keeper, LastClusterId = ImageCommand.LastReport(globals)?.ClusterId };
        var stage = new ImageStage(node, operations, parse.GetValue(Backup) is { } file ? Path.GetFullPath(file) : null);
        var plan = await stage.PlanAsync(cancel);
        var mayNotWork = problems.Select(problem => $"nodes made from this image may not work: {problem}");
        plan = plan with { Warnings = [.. scripts?.Warnings ?? [], .. mayNotWork, .. plan.Warnings] };
        var planned = new PlannedStage(stage.Name, plan);
        var json = parse.GetValue(ImageCommand.Json);
        if (dryRun)
        {
            return await DryRunOutput.PrintAsync([planned], [], json, cancel);
        }

        if (plan.Steps.Count > 0 && !parse.GetValue(Yes))
        {
            if (!await AskAsync(plan, problems.Count > 0, cancel))
            {
                TerminalOutput.WriteErrorLine("image prep: not confirmed; nothing was changed");
                return ExitCode.StageFailed;
            }

            // The question came with the warnings.
            planned = Terminal.ShowsLogAndResult ? new PlannedStage(stage.Name, plan with { Warnings = [] }) : planned;
        }

        var exitCode = await SingleStageRun.RunAsync(
            globals, planned, null, json ? RunOutput.PrintError : RunOutput.Print, cancel);
        if (json)
        {
            JsonOutput.Write(writer => writer.WriteObjects(stage.Done, item => ImageCommand.WriteFields(writer, item)));
        }

        if (exitCode == ExitCode.Done)
        {
            var check = ImageCommand.CommandLine("check", globals.Root, parse.GetValue(Chosen));
            var next = (globals.Root.IsLive ? Hints.CaptureNode(check) : Hints.CaptureImage(check)).In(globals.Language);
            (json ? (Action<string>)TerminalOutput.WriteErrorLine : TerminalOutput.WriteLine)($"→ {next}");
        }

        return exitCode;
    }

    /// <returns>Whether the answer is yes.</returns>
    /// <exception cref="AgentException">CONFIG_INVALID: there is no terminal.</exception>
    private static async Task<bool> AskAsync(StagePlan plan, bool mayNotWork, CancellationToken cancel)
    {
        foreach (var warning in plan.Warnings)
        {
            TerminalOutput.WriteErrorLine($"warning: {warning}");
        }

        foreach (var step in plan.Steps)
        {
            TerminalOutput.WriteErrorLine(step.Summary);
            foreach (var detail in step.Details.Take(MaxPaths))
            {
                TerminalOutput.WriteErrorLine($"    {detail}");
            }

            if (step.Details.Count() is > MaxPaths and var count)
            {
                TerminalOutput.WriteErrorLine($"    and {count - MaxPaths} more (--dry-run lists all)");
            }
        }

        if (Console.IsInputRedirected)
        {
            throw new AgentException(
                ErrorCode.ConfigInvalid,
                Messages.CannotConfirm,
                Hints.ReviewPlan);
        }

        return await ConfirmAsync("Continue? [y/N] ", cancel)
            && (!mayNotWork
                || await ConfirmAsync("Nodes made from this image may not work; see the warnings above. Continue anyway? [y/N] ", cancel));
    }

    private static async Task<bool> ConfirmAsync(string question, CancellationToken cancel)
    {
        TerminalOutput.WriteError(question);
        return (await Terminal.ReadLineAsync(cancel))?.Trim() is "y" or "Y" or "yes";
    }
}
