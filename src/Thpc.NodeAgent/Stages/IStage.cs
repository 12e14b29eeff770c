using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.Stages;

/// <summary>
/// One part of the work. A stage inspects the node and returns the missing steps. StageRunner implements dry runs, idempotence, the log,
/// durations and the report for all stages.
/// </summary>
internal interface IStage
{
    /// <summary>The stage's name in the report: packages, script, mount.</summary>
    string Name { get; }

    /// <summary>Whether it runs at the same time as the stage before it, even if that one fails.</summary>
    bool BeginsEarly => false;

    /// <summary>Inspects the node and plans the missing steps; changes nothing.</summary>
    Task<StagePlan> PlanAsync(CancellationToken cancel);
}

/// <param name="Steps">In an order in which each step follows those it waits for.</param>
/// <param name="Reason">What is already in place, or why there is nothing to do.</param>
/// <param name="Parallelism">Number of steps that may run at the same time.</param>
internal sealed record StagePlan(IReadOnlyList<Step> Steps, string? Reason = null, int Parallelism = 1)
{
    public IReadOnlyList<string> Warnings { get; init; } = [];

    public static StagePlan Nothing(string reason) => new([], reason);
}

/// <summary>Does the step's work; sends remarks for log and report to <paramref name="note"/>.</summary>
/// <exception cref="AgentException">An expected failure.</exception>
internal delegate Task StepAction(Action<string> note, CancellationToken cancel);

/// <summary>An action with a one-line summary.</summary>
internal sealed class Step(string summary, StepAction run)
{
    /// <summary>In the imperative, without secrets: "mount 10.0.0.2:/ on /data".</summary>
    public string Summary { get; } = summary;

    public StepAction Run { get; } = run;

    /// <summary>What the step does, for the report.</summary>
    public StepKind Kind { get; init; }

    /// <summary>The script's location without secrets, or the mount point; null where there is no such thing.</summary>
    public string? Subject { get; init; }

    /// <summary>The time that it may take; null where it has no limit of its own.</summary>
    public TimeSpan? Limit { get; init; }

    /// <summary>The log of what it prints, as seen from the node's root; null where it has none.</summary>
    public string? LogPath { get; init; }

    /// <summary>While it runs, the line that it printed last, without secrets; null if it printed nothing.</summary>
    public Func<string?> Latest { get; init; } = () => null;

    /// <summary>The exact commands or changes, one per line, for a dry run.</summary>
    public IEnumerable<string> Details { get; init; } = [];

    /// <summary>Steps that must have ended before this one starts, successfully or not.</summary>
    public IReadOnlyList<Step> After { get; init; } = [];

    /// <summary>Steps that must have succeeded before this one starts; otherwise it does not run.</summary>
    public IReadOnlyList<Step> Needs { get; init; } = [];

    /// <summary>Whether the stage succeeds even if this step fails.</summary>
    public bool MayFail { get; init; }

    /// <summary>After the run, the SHA-256 of the fetched file in lower-case hex; null where the step fetches nothing.</summary>
    public Func<string?> Sha256 { get; init; } = () => null;

    /// <summary>After the run, warnings for the report.</summary>
    public Func<IReadOnlyList<string>> Warnings { get; init; } = () => [];

    /// <summary>The error that the step will fail with, if that is known before it runs; otherwise null.</summary>
    public Error? Refusal { get; private init; }

    /// <summary>Creates a step that changes nothing and fails with <paramref name="refusal"/>.</summary>
    public static Step Refused(
        string summary,
        Error refusal,
        IReadOnlyList<Step> needs,
        IReadOnlyList<Step> after,
        StepKind kind = StepKind.Other,
        string? subject = null) =>
        new(summary, (_, _) => throw new AgentException(refusal))
        {
            Kind = kind,
            Subject = subject,
            Refusal = refusal,
            Needs = needs,
            After = after,
            Details = [$"would fail: {refusal.Code}: {refusal.Message}"],
        };
}
