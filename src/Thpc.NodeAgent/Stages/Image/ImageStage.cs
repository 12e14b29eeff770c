using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Host.Units;
using Thpc.NodeAgent.Stages.Image.Operations;
using Thpc.NodeAgent.Stages.Shared;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>
/// Prepares a node for capture. The steps are, in this order: the backup, the downloads of scripts to keep, one step per operation, the
/// builder's drop-ins, and the marker.
/// </summary>
/// <param name="backup">The absolute path of the backup; null for no backup.</param>
internal sealed class ImageStage(ImageNode node, IReadOnlyList<Operation> operations, string? backup) : IStage
{
    // Grouped by operation: there may be 100,000 changes.
    private readonly List<OperationFindings> _done = [];
    private ImageChange? _marker;

    public string Name => "image";

    /// <summary>The changes made so far, in order.</summary>
    public IEnumerable<ImageFinding> Done =>
        _done.SelectMany(findings => findings.Changes.Select(change => new ImageFinding(findings.Operation, change)));

    /// <exception cref="AgentException">
    /// CONFIG_INVALID: the backup cannot be written there. IMAGE_DROPIN: a drop-in is not trusted.
    /// </exception>
    public Task<StagePlan> PlanAsync(CancellationToken cancel)
    {
        var found = node.Inspect(operations);
        List<string> warnings = [.. found.SelectMany(findings => findings.Notes.Concat(findings.Uninspected)).Distinct()];
        warnings.AddRange(node.FindWarnings(operations).Where(warning => !warnings.Contains(warning)));
        List<Step> steps = [];
        List<string> kept = backup is null ? []
            : [.. found.SelectMany(findings => findings.Changes)
                .Where(change => change.Change != ImageChangeKind.Create && change.Kind != FileKind.Socket).Select(change => change.Path)
                .Distinct()];
        if (backup is not null && kept.Count > 0)
        {
            BackupTarget.Check(backup, node.Tree, found);
            var summary = $"back up {kept.Count} paths to {backup}";
            steps.Add(new Step(summary, (note, token) => BackupTarget.WriteAsync(backup, node.Tree, kept, note, token)));
        }

        // A failed download ends the run before anything is removed that a second run needs.
        var toKeep = found.Where(findings => findings.Operation == ScriptOperations.Keep).SelectMany(findings => findings.Changes);
        foreach (var change in toKeep.Where(change => change.Change == ImageChangeKind.Create))
        {
            steps.Add(new Step($"download script {change.Why} to keep it", (note, token) => KeepScriptAsync(change, note, token))
            {
                Needs = [.. steps],
                Details = [change.ToString()],
            });
        }

        Step[] needs = [.. steps];
        _marker = found.FirstOrDefault(findings => findings.Operation == AgentOperations.Marker)?.Changes is [var first, ..] ? first : null;
        var cleaned = found.Where(findings => findings.Operation != AgentOperations.Marker).Select(WithoutDownloads);
        foreach (var findings in cleaned.Where(findings => findings.Changes.Count > 0))
        {
            Add($"clean {findings.Operation.Name} ({findings.Changes.Count})", findings, needs);
        }

        foreach (var program in BuilderDropIns.Find(node, warnings))
        {
            steps.Add(new Step(
                $"run {program}", (note, token) => BuilderDropIns.RunAsync(program, note, token))
            { Needs = needs, After = [.. steps] });
        }

        // The marker comes last and only after success: it declares the image ready.
        found.Where(findings => findings.Changes.Count > 0 && findings.Operation == AgentOperations.Marker).ToList()
            .ForEach(marker => Add("write the marker", marker, [.. steps]));
        return Task.FromResult(new StagePlan(steps, steps.Count == 0 ? "nothing to clean" : null) { Warnings = warnings });

        void Add(string summary, OperationFindings findings, IReadOnlyList<Step> needed) =>
            steps.Add(new Step(summary, (note, token) => ApplyAsync(findings, note, token))
            {
                Details = findings.Changes.Select(change => change.ToString()), // lazy: there may be 100,000
                Needs = needed,
                After = [.. steps],
            });
    }

    private static OperationFindings WithoutDownloads(OperationFindings findings) => findings.Operation != ScriptOperations.Keep
        ? findings : findings with { Changes = [.. findings.Changes.Where(change => change.Change != ImageChangeKind.Create)] };

    private async Task KeepScriptAsync(ImageChange change, Action<string> note, CancellationToken cancel)
    {
        var keeper = node.Keeper!;
        await keeper.KeepAsync(keeper.Scripts.First(script => KeptScripts.PathOf(script.Sha256!) == change.Path), note, cancel);
        _done.Add(new OperationFindings(ScriptOperations.Keep, [change], [], []));
    }

    private async Task ApplyAsync(OperationFindings findings, Action<string> note, CancellationToken cancel)
    {
        var operation = findings.Operation;
        if (operation == AgentOperations.Config && _marker is not null)
        {
            // The configuration determines the marker's content, so store the marker before the configuration is removed.
            ImageChangeWriter.StorePendingMarker(node, _marker);
        }

        await RunProgramAsync(operation.RunsProgram(node.Tree) ? operation.Program : [], note, cancel);
        List<Error> failures = [];
        List<ImageChange> done = new(findings.Changes.Count);
        _done.Add(findings with { Changes = done });
        using var removal = new TreeRemoval(node.Tree);
        foreach (var group in GroupRewrites(findings.Changes))
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                if (await ImageChangeWriter.ApplyAsync(node, removal, group, cancel))
                {
                    done.AddRange(group);
                }
                else
                {
                    note($"{TreePath.Display(group[0].Path)} is kept: it contains new files");
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or AgentException)
            {
                // A path that cannot be removed, such as an immutable file, does not prevent the removal of others.
                failures.Add(Error.From(e));
            }
        }

        if (operation.ChangesUnits && await Systemd.ReloadAsync(node.Root, cancel) is { } problem)
        {
            note($"systemd was not reloaded: {problem}");
        }

        if (failures.Count > 0)
        {
            throw new AgentException(
                failures[0].Code,
                LocalizedText.Join("\n", [.. failures.Take(5).Select(failure => failure.Text)])
                    + (failures.Count > 5 ? "\n" + Messages.AndMore(failures.Count - 5) : ""));
        }
    }

    private async Task RunProgramAsync(IReadOnlyList<string> program, Action<string> note, CancellationToken cancel)
    {
        if (node.Root.IsLive && program.Count > 0 && ProgramFinder.Find(node.Root, program[0]) is not null)
        {
            var result = await ProgramRunner.RunAsync(program, TimeSpan.FromMinutes(1), cancel);
            var end = result.Succeeded ? "done" : result.TimedOut ? "timed out after 60 s" : result.LastOutput;
            note($"{string.Join(' ', program)}: {end}");
        }
    }

    /// <summary>Groups consecutive rewrites of one file, so that it is written once.</summary>
    private static IEnumerable<IReadOnlyList<ImageChange>> GroupRewrites(IReadOnlyList<ImageChange> changes)
    {
        for (var i = 0; i < changes.Count;)
        {
            var first = changes[i];
            List<ImageChange> run = [first];
            while (++i < changes.Count && first.Change == ImageChangeKind.Rewrite && changes[i].Change == ImageChangeKind.Rewrite
                && changes[i].Path == first.Path)
            {
                run.Add(changes[i]);
            }

            yield return run;
        }
    }
}
