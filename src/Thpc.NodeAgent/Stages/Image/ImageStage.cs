using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Host.Units;
using Thpc.NodeAgent.Stages.Image.Operations;
using Thpc.NodeAgent.Stages.Shared;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>
/// Makes a node ready to be captured: a step an operation, after what they touch is kept where that is wished, and before the builder's
/// own drop-ins and the marker.
/// </summary>
/// <param name="backup">An absolute path for what is removed or changed; null: it is not kept.</param>
internal sealed class ImageStage(ImageNode node, IReadOnlyList<Operation> operations, string? backup) : IStage
{
    // Those of one operation together: there may be a hundred thousand.
    private readonly List<OperationFindings> _done = [];
    private ImageChange? _marker;

    public string Name => "image";

    /// <summary>What has been carried out, in order.</summary>
    public IEnumerable<ImageFinding> Done => _done.SelectMany(findings => findings.Changes.Select(change => new ImageFinding(findings.Operation, change)));

    /// <exception cref="AgentException">CONFIG_INVALID for a backup that cannot be there; IMAGE_DROPIN.</exception>
    public Task<StagePlan> PlanAsync(CancellationToken cancel)
    {
        var found = node.Inspect(operations);
        List<string> warnings = [.. found.SelectMany(findings => findings.Notes.Concat(findings.Unseen)).Distinct()];
        warnings.AddRange(node.FindWarnings(operations).Where(warning => !warnings.Contains(warning)));
        List<Step> steps = [];
        List<string> kept = backup is null ? []
            : [.. found.SelectMany(findings => findings.Changes).Where(change => change.Change != ImageChangeKind.Create && change.Kind != FileKind.Socket).Select(change => change.Path).Distinct()];
        if (backup is not null && kept.Count > 0)
        {
            BackupTarget.Check(backup, node.Tree, found);
            steps.Add(new Step($"keep {kept.Count} paths in {backup}", (note, token) => BackupTarget.KeepAsync(backup, node.Tree, kept, note, token)));
        }

        // Where one cannot be had, nothing is taken away that a second try needs.
        var toKeep = found.Where(findings => findings.Operation == ScriptOperations.Keep).SelectMany(findings => findings.Changes);
        foreach (var change in toKeep.Where(change => change.Change == ImageChangeKind.Create))
        {
            steps.Add(new Step($"keep script {change.Why}", (note, token) => KeepAsync(change, note, token))
            {
                Needs = [.. steps],
                Details = [change.ToString()],
            });
        }

        Step[] needs = [.. steps];
        _marker = found.FirstOrDefault(findings => findings.Operation == AgentOperations.Marker)?.Changes is [var first, ..] ? first : null;
        var cleaned = found.Where(findings => findings.Operation != AgentOperations.Marker).Select(WithoutKept);
        foreach (var findings in cleaned.Where(findings => findings.Changes.Count > 0))
        {
            Add($"clean {findings.Operation.Name} ({findings.Changes.Count})", findings, needs);
        }

        foreach (var program in BuilderDropIns.Find(node, warnings))
        {
            steps.Add(new Step($"run {program}", (note, token) => BuilderDropIns.RunAsync(program, note, token)) { Needs = needs, After = [.. steps] });
        }

        // The last of all, and only where all went well: it says that this image is ready.
        found.Where(findings => findings.Changes.Count > 0 && findings.Operation == AgentOperations.Marker).ToList().ForEach(marker => Add("write the marker", marker, [.. steps]));
        return Task.FromResult(new StagePlan(steps, steps.Count == 0 ? "nothing is left of what was to go" : null) { Warnings = warnings });

        void Add(string summary, OperationFindings findings, IReadOnlyList<Step> needed) => steps.Add(new Step(summary, (note, token) => CarryOutAsync(findings, note, token))
        {
            Details = findings.Changes.Select(change => change.ToString()), // made when they are asked for: there may be a hundred thousand
            Needs = needed,
            After = [.. steps],
        });
    }

    private static OperationFindings WithoutKept(OperationFindings findings) => findings.Operation != ScriptOperations.Keep
        ? findings : findings with { Changes = [.. findings.Changes.Where(change => change.Change != ImageChangeKind.Create)] };

    private async Task KeepAsync(ImageChange change, Action<string> note, CancellationToken cancel)
    {
        var keeper = node.Keeper!;
        await keeper.KeepAsync(keeper.Scripts.First(script => KeptScripts.PathOf(script.Sha256!) == change.Path), note, cancel);
        _done.Add(new OperationFindings(ScriptOperations.Keep, [change], [], []));
    }

    private async Task CarryOutAsync(OperationFindings findings, Action<string> note, CancellationToken cancel)
    {
        var operation = findings.Operation;
        if (operation == AgentOperations.Config && _marker is not null)
        {
            // Without the configuration nothing says any more what the marker is to say.
            ImageChangeWriter.Note(node, _marker);
        }

        await RunProgramAsync(operation.RunsProgram(node.Tree) ? operation.Program : [], note, cancel);
        List<AgentException> failures = [];
        List<ImageChange> done = new(findings.Changes.Count);
        _done.Add(findings with { Changes = done });
        using var removal = new TreeRemoval(node.Tree);
        foreach (var group in Runs(findings.Changes))
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                if (await ImageChangeWriter.MakeAsync(node, removal, group, cancel))
                {
                    done.AddRange(group);
                }
                else
                {
                    note($"{TreePath.Display(group[0].Path)} stays: something new is in it");
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or AgentException)
            {
                // One file that cannot go, such as an immutable one, is no reason to leave the others.
                failures.Add(ErrorCode.Describe(e));
            }
        }

        if (operation.ChangesUnits && await Systemd.ReloadAsync(node.Root, cancel) is { } problem)
        {
            note($"systemd was not told of the change: {problem}");
        }

        if (failures.Count > 0)
        {
            throw new AgentException(failures[0].Code, string.Join('\n', failures.Take(5).Select(failure => failure.Message)) + (failures.Count > 5 ? $"\nand {failures.Count - 5} more" : ""));
        }
    }

    private async Task RunProgramAsync(IReadOnlyList<string> program, Action<string> note, CancellationToken cancel)
    {
        if (node.Root.IsLive && program.Count > 0 && ProgramFinder.Find(node.Root, program[0]) is not null)
        {
            var result = await ProgramRunner.RunAsync(program, TimeSpan.FromMinutes(1), cancel);
            note($"{string.Join(' ', program)}: {(result.Succeeded ? "done" : result.TimedOut ? "no end within a minute" : result.LastWords)}");
        }
    }

    /// <summary>What is rewritten line by line is written once.</summary>
    private static IEnumerable<IReadOnlyList<ImageChange>> Runs(IReadOnlyList<ImageChange> changes)
    {
        for (var i = 0; i < changes.Count;)
        {
            var first = changes[i];
            List<ImageChange> run = [first];
            while (++i < changes.Count && first.Change == ImageChangeKind.Rewrite && changes[i].Change == ImageChangeKind.Rewrite && changes[i].Path == first.Path)
            {
                run.Add(changes[i]);
            }

            yield return run;
        }
    }
}
