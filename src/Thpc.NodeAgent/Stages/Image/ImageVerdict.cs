namespace Thpc.NodeAgent.Stages.Image;

/// <summary>One path, and the operation that would touch it.</summary>
internal sealed record ImageFinding(Operation Operation, ImageChange Change);

/// <summary>What `image check` makes of what was found. Pure.</summary>
/// <param name="Left">What an image should not have: it is the old cluster's, or an operation that was chosen would remove it.</param>
/// <param name="Unseen">What could not be inspected, and why: something may be left there.</param>
/// <param name="OfMachine">What merely belongs to the source machine.</param>
/// <param name="Notes">What was seen and is left by every operation.</param>
internal sealed record ImageVerdict(
    IReadOnlyList<ImageFinding> Left, IReadOnlyList<string> Unseen, IReadOnlyList<ImageFinding> OfMachine, IReadOnlyList<string> Notes)
{
    public bool IsClean => Left.Count == 0 && Unseen.Count == 0;

    /// <summary>Operations whose findings count where nobody has chosen any.</summary>
    public static bool CountsByDefault(Operation operation) => operation.IsDefault || operation.IsOfCluster;

    /// <param name="found">Of every operation that looked.</param>
    public static ImageVerdict From(IReadOnlyList<OperationFindings> found, Predicate<Operation> counts)
    {
        List<ImageFinding> left = [], ofMachine = [];
        List<string> unseen = [], notes = [];
        foreach (var findings in found)
        {
            var isCounted = counts(findings.Operation);
            foreach (var change in findings.Changes)
            {
                (isCounted ? left : ofMachine).Add(new ImageFinding(findings.Operation, change));
            }

            (isCounted ? unseen : notes).AddRange(findings.Unseen);
            notes.AddRange(findings.Notes);
        }

        return new ImageVerdict(left, [.. unseen.Distinct()], ofMachine, [.. notes.Except(unseen)]);
    }
}
