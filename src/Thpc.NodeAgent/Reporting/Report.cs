using System.Text.Json.Serialization;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Reporting;

internal enum RunOutcome
{
    [JsonStringEnumMemberName("running")]
    Running,
    [JsonStringEnumMemberName("succeeded")]
    Succeeded,
    [JsonStringEnumMemberName("failed")]
    Failed,
    [JsonStringEnumMemberName("interrupted")]
    Interrupted,
}

internal enum Outcome
{
    [JsonStringEnumMemberName("succeeded")]
    Succeeded,
    [JsonStringEnumMemberName("skipped")]
    Skipped,
    [JsonStringEnumMemberName("failed")]
    Failed,
    [JsonStringEnumMemberName("not_run")]
    NotRun,
}

/// <summary>What a run did, as report.json holds it.</summary>
internal sealed record Report
{
    public int Schema { get; init; } = 1;

    public required string AgentVersion { get; init; }

    public required string RunId { get; init; }

    /// <summary>The metadata service's instance id, else the best other name this machine has.</summary>
    public string? InstanceId { get; init; }

    public required string ClusterId { get; init; }

    public required string NodeRole { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    public long DurationMs { get; init; }

    public RunOutcome Outcome { get; init; }

    /// <summary>The stage in work while the outcome is `running`.</summary>
    public string? CurrentStage { get; init; }

    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Set where the run ended before its first stage, for a configuration that is not valid.</summary>
    public ErrorReport? Error { get; init; }

    public IReadOnlyList<StageReport> Stages { get; init; } = [];

    /// <summary>The error that the run is remembered by: the first of a failed stage.</summary>
    [JsonIgnore]
    public ErrorReport? FirstError => Error ?? Stages.FirstOrDefault(stage => stage.Outcome == Reporting.Outcome.Failed)?.FirstError;
}

/// <param name="Reason">Why it was skipped or not run; null otherwise.</param>
internal sealed record StageReport(string Name, Outcome Outcome, string? Reason, long StartedMs, long DurationMs, IReadOnlyList<StepReport> Steps)
{
    /// <summary>Set where the stage could not even look at the node.</summary>
    public ErrorReport? Error { get; init; }

    [JsonIgnore]
    public ErrorReport? FirstError => Error ?? Steps.FirstOrDefault(step => step is { Outcome: Outcome.Failed, MayFail: false })?.Error;
}

/// <param name="StartedMs">After the start of the run.</param>
/// <param name="MayFail">Its failure does not fail the stage (on_failure = "continue").</param>
internal sealed record StepReport(string Summary, Outcome Outcome, long StartedMs, long DurationMs, ErrorReport? Error, bool MayFail, IReadOnlyList<NoteReport> Notes)
{
    /// <summary>Of what was fetched, in small hexadecimal digits, whether or not it was found good; null for a step that fetches nothing.</summary>
    public string? Sha256 { get; init; }
}

/// <summary>Something worth telling that happened inside a step, such as a retry.</summary>
/// <param name="AtMs">After the start of the run.</param>
internal sealed record NoteReport(long AtMs, string Text);

/// <param name="Hint">What to do, in English.</param>
/// <param name="HintZh">The same in Chinese; null in reports of agents that knew no Chinese.</param>
internal sealed record ErrorReport(string Code, string Message, string Hint, string? HintZh = null)
{
    /// <summary>What to do, for whoever reads it.</summary>
    [JsonIgnore]
    public LocalizedText Advice => new(Hint, HintZh ?? Hint);

    /// <summary>What a script was doing whose time was over; null for every other error.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TimeoutDiagnostics? Autopsy { get; init; }
}
