namespace Thpc.NodeAgent.Stages.Image;

/// <summary>A change and the operation that makes it.</summary>
internal sealed record ImageFinding(Operation Operation, ImageChange Change);

/// <summary>The result of `image check`. Pure.</summary>
/// <param name="Leftovers">Leftovers: they belong to the old cluster, or a selected operation would remove them.</param>
/// <param name="Uninspected">Paths that could not be inspected, and the reason; leftovers may remain there.</param>
/// <param name="MachineFindings">Findings that merely belong to the source machine.</param>
/// <param name="Notes">What was seen and is kept by every operation.</param>
internal sealed record ImageVerdict(
    IReadOnlyList<ImageFinding> Leftovers,
    IReadOnlyList<string> Uninspected,
    IReadOnlyList<ImageFinding> MachineFindings,
    IReadOnlyList<string> Notes)
{
    public bool IsClean => Leftovers.Count == 0 && Uninspected.Count == 0;

    /// <summary>Whether an operation's findings count if no operations are selected.</summary>
    public static bool CountsByDefault(Operation operation) => operation.IsDefault || operation.IsOfCluster;

    /// <param name="found">The findings of every inspected operation.</param>
    public static ImageVerdict From(IReadOnlyList<OperationFindings> found, Predicate<Operation> counts)
    {
        List<ImageFinding> leftovers = [], machineFindings = [];
        List<string> uninspected = [], notes = [];
        foreach (var findings in found)
        {
            var isCounted = counts(findings.Operation);
            foreach (var change in findings.Changes)
            {
                (isCounted ? leftovers : machineFindings).Add(new ImageFinding(findings.Operation, change));
            }

            (isCounted ? uninspected : notes).AddRange(findings.Uninspected);
            notes.AddRange(findings.Notes);
        }

        return new ImageVerdict(leftovers, [.. uninspected.Distinct()], machineFindings, [.. notes.Except(uninspected)]);
    }
}
