using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Stages;

/// <summary>
/// A part of the work. It only looks at the node and says which steps are missing; dry run, repetition without effect, log, durations
/// and report follow from that and are written once, in the runner.
/// </summary>
internal interface IStage
{
    /// <summary>As the report has it: packages, script, mount.</summary>
    string Name { get; }

    /// <summary>Looks, changes nothing.</summary>
    Task<StagePlan> PlanAsync(CancellationToken cancel);
}

/// <param name="Steps">In an order in which each comes after those it waits for.</param>
/// <param name="Reason">What is in place already, or why there is nothing to do.</param>
/// <param name="Parallelism">How many steps may run at a time.</param>
internal sealed record StagePlan(IReadOnlyList<Step> Steps, string? Reason = null, int Parallelism = 1)
{
    public IReadOnlyList<string> Warnings { get; init; } = [];

    public static StagePlan Nothing(string reason) => new([], reason);
}

/// <summary>Does the step's work; what is worth telling on the way goes to <paramref name="note"/>.</summary>
/// <exception cref="AgentException">An expected failure.</exception>
internal delegate Task StepAction(Action<string> note, CancellationToken cancel);

/// <summary>Something to run, and a line that says what.</summary>
internal sealed class Step(string summary, StepAction run)
{
    /// <summary>In the imperative, without secrets: "mount 10.0.0.2:/ on /data".</summary>
    public string Summary { get; } = summary;

    public StepAction Run { get; } = run;

    /// <summary>What exactly would be done, a line each, for a dry run.</summary>
    public IEnumerable<string> Details { get; init; } = [];

    /// <summary>Steps that must have ended before, however they ended.</summary>
    public IReadOnlyList<Step> After { get; init; } = [];

    /// <summary>Steps without whose success this one makes no sense.</summary>
    public IReadOnlyList<Step> Needs { get; init; } = [];

    /// <summary>Whether the stage succeeds although this step fails.</summary>
    public bool MayFail { get; init; }

    /// <summary>Once it has run, the SHA-256 of what it fetched, in small hexadecimal digits; null where there is none.</summary>
    public Func<string?> Sha256 { get; init; } = () => null;

    /// <summary>Once it has run, what the report is to warn of.</summary>
    public Func<IReadOnlyList<string>> Warnings { get; init; } = () => [];

    /// <summary>Why it is known before anything is run that it will fail; null where nothing speaks against it.</summary>
    public AgentException? Refusal { get; private init; }

    /// <summary>A step that touches nothing and fails.</summary>
    public static Step Refused(string summary, AgentException refusal, IReadOnlyList<Step> needs, IReadOnlyList<Step> after) =>
        new(summary, (_, _) => throw refusal) { Refusal = refusal, Needs = needs, After = after, Details = [$"would fail: {refusal.Code}: {refusal.Message}"] };
}
