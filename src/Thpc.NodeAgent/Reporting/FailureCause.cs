using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Reporting;

/// <summary>Failures of a run that have the same cause, such as a dead server that several mounts need.</summary>
/// <param name="Error">The first of these failures.</param>
/// <param name="Subjects">The mount points that failed, in the order of the steps; empty where the steps are no mounts.</param>
internal sealed record FailureCause(ErrorReport Error, IReadOnlyList<string> Subjects)
{
    private const int MaxSubjects = 20;

    /// <summary>The lines of the message after the first.</summary>
    public IEnumerable<string> Details(Language language) => Error.Text.Lines(language).Skip(1);

    /// <returns>The causes of a failed run, that of <see cref="Report.FirstError"/> first.</returns>
    public static IReadOnlyList<FailureCause> From(Report report) =>
    [
        .. from failure in Failures(report)
           group failure by $"{failure.Error.Code}\0{failure.Error.Cause ?? failure.Error.Message}\0{failure.Error.Hint}" into same
           select new FailureCause(same.First().Error, [.. same.Select(failure => failure.MountPoint).OfType<string>()]),
    ];

    /// <summary>Code and cause in one line, with all mounts that failed by it.</summary>
    public string Line(Language language) => Subjects.Count > 1 && Error.Cause is { } cause
        ? $"{Error.Code}: {new LocalizedText(cause, Error.CauseZh ?? cause).In(language)} "
            + $"({Hints.Mounts(Subjects.Count, Describe(language)).In(language)})"
        : $"{Error.Code}: {Error.Text.Lines(language)[0]}";

    private static IEnumerable<(ErrorReport Error, string? MountPoint)> Failures(Report report)
    {
        if (report.Error is { } fatal)
        {
            yield return (fatal, null);
        }

        foreach (var stage in report.Stages.Where(stage => stage.Outcome == Outcome.Failed))
        {
            if (stage.Error is { } error)
            {
                yield return (error, null);
            }

            foreach (var step in stage.Steps.Where(step => step is { Outcome: Outcome.Failed, MayFail: false, Error: not null }))
            {
                yield return (step.Error!, step.Kind == StepKind.Mount ? step.Subject : null);
            }
        }
    }

    private string Describe(Language language) => string.Join(", ", Subjects.Take(MaxSubjects))
        + (Subjects.Count > MaxSubjects ? Hints.More(Subjects.Count - MaxSubjects).In(language) : "");
}
