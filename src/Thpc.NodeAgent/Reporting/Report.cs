using System.Diagnostics.CodeAnalysis;
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

/// <summary>What a step does, for programs that read reports.</summary>
internal enum StepKind
{
    [JsonStringEnumMemberName("other")]
    Other,
    [JsonStringEnumMemberName("check")]
    Check,
    [JsonStringEnumMemberName("install")]
    Install,
    [JsonStringEnumMemberName("fetch")]
    Fetch,
    [JsonStringEnumMemberName("run")]
    Run,
    [JsonStringEnumMemberName("mount")]
    Mount,
}

/// <summary>The result of a run, as in report.json.</summary>
internal sealed record Report
{
    /// <summary>The run id of a stage that ran by itself, as in `packages install`.</summary>
    public const string ByHand = "by hand";

    /// <summary>Schema 1 called `diagnostics` `autopsy`, and had neither `host_name` nor the steps' `kind`.</summary>
    public int Schema { get; init; } = 2;

    public required string AgentVersion { get; init; }

    public required string RunId { get; init; }

    /// <summary>The instance id of the metadata service, or the best other identifier of this machine.</summary>
    public string? InstanceId { get; init; }

    /// <summary>The node's host name; null in reports of schema 1.</summary>
    public string? HostName { get; init; }

    /// <summary>The node's own addresses, without loopback and link-local ones; null in reports of older agents.</summary>
    public IReadOnlyList<string>? Addresses { get; init; }

    /// <summary>The running kernel, as `uname -r` prints it; null in reports of older agents, or if it cannot be read.</summary>
    public string? Kernel { get; init; }

    /// <summary>ID and VERSION_ID of os-release, as in "debian 12"; null in reports of older agents, or if it cannot be read.</summary>
    public string? Os { get; init; }

    public required string ClusterId { get; init; }

    public required string NodeRole { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>
    /// CLOCK_MONOTONIC at the start of the run in milliseconds: the time since the kernel started. 0 in reports of older agents.
    /// </summary>
    public long UptimeMs { get; init; }

    /// <summary>The kernel's id of the boot; null in reports of older agents.</summary>
    public string? BootId { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    public long DurationMs { get; init; }

    public RunOutcome Outcome { get; init; }

    /// <summary>The stage that is running while the outcome is `running`.</summary>
    public string? CurrentStage { get; init; }

    /// <summary>
    /// "NAME VERSION" of each package that the role needs and the node has; null if the run did not read the package database.
    /// </summary>
    public IReadOnlyList<string>? Packages { get; init; }

    /// <summary>The configured storage; null in reports of older agents, or if the configuration was refused.</summary>
    public IReadOnlyList<MountReport>? Mounts { get; init; }

    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Set if the run ended before its first stage, for example because the configuration is invalid.</summary>
    public ErrorReport? Error { get; init; }

    public IReadOnlyList<StageReport> Stages { get; init; } = [];

    /// <summary>
    /// Where the time from power-on went; null if the run did nothing, if systemd does not run here or did not answer, and in reports of
    /// older agents.
    /// </summary>
    public BootReport? Boot { get; init; }

    /// <summary>The run's error before its first stage, or the first error of a failed stage.</summary>
    [JsonIgnore]
    public ErrorReport? FirstError => Error ?? Stages.FirstOrDefault(stage => stage.Outcome == Reporting.Outcome.Failed)?.FirstError;

    /// <summary>Whether it is a run at which there was nothing to do, as at most boots.</summary>
    [JsonIgnore]
    public bool HasNothingDone => Outcome == RunOutcome.Succeeded && Stages.All(stage => stage.Steps.Count == 0);

    public Report WithoutNotes() => this with
    {
        Stages = [.. Stages.Select(stage => stage with { Steps = [.. stage.Steps.Select(step => step with { Notes = [] })] })],
    };

    /// <summary>The exit code of the command that made this run.</summary>
    [JsonIgnore]
    public int ExitStatus => this switch
    {
        { Outcome: RunOutcome.Interrupted } => ExitCode.Interrupted,
        { FirstError: null } => ExitCode.Done,
        { FirstError.Known: { } code } => ExitCode.For(code),
        _ => ExitCode.StageFailed,
    };
}

/// <summary>A file system as configured, mounted or not.</summary>
/// <param name="Options">Options for mount(8); null for storage that has none.</param>
internal sealed record MountReport(string LocalPath, string Source, string? Options);

/// <param name="Reason">Why the stage was skipped or not run; null otherwise.</param>
/// <param name="StartedMs">Milliseconds after the start of the run.</param>
internal sealed record StageReport(
    string Name, Outcome Outcome, string? Reason, long StartedMs, long DurationMs, IReadOnlyList<StepReport> Steps)
{
    /// <summary>Set if the stage failed before its first step, while it inspected the node.</summary>
    public ErrorReport? Error { get; init; }

    [JsonIgnore]
    public ErrorReport? FirstError => Error ?? Steps.FirstOrDefault(step => step is { Outcome: Outcome.Failed, MayFail: false })?.Error;
}

/// <param name="StartedMs">Milliseconds after the start of the run.</param>
/// <param name="MayFail">Whether a failure of the step does not fail the stage (on_failure = "continue").</param>
internal sealed record StepReport(
    string Summary,
    Outcome Outcome,
    long StartedMs,
    long DurationMs,
    ErrorReport? Error,
    bool MayFail,
    IReadOnlyList<NoteReport> Notes)
{
    /// <summary><see cref="StepKind.Other"/> in reports of schema 1.</summary>
    public StepKind Kind { get; init; }

    /// <summary>
    /// What the step works on: a script's location, or a mount point; null where there is no such thing, and in schema 1.
    /// </summary>
    public string? Subject { get; init; }

    /// <summary>
    /// The SHA-256 of the fetched file in lower-case hexadecimal digits, even if the file was then refused; null for a step that fetches
    /// nothing.
    /// </summary>
    public string? Sha256 { get; init; }
}

/// <summary>A notable event inside a step, such as a retry.</summary>
/// <param name="AtMs">Milliseconds after the start of the run.</param>
internal sealed record NoteReport(long AtMs, string Text);

/// <param name="Message">What failed, in English.</param>
/// <param name="Hint">What to do, in English.</param>
/// <param name="HintZh">The same in Chinese; null in reports of agents without Chinese hints.</param>
internal sealed record ErrorReport(string Code, string Message, string Hint, string? HintZh = null)
{
    /// <summary>
    /// The cause without what it happened to: mounts that fail by one dead server have equal causes. Null for other errors.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Cause { get; init; }

    /// <summary>The message in Chinese; null where it is the same, and in reports of older agents.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? MessageZh { get; init; }

    /// <summary>The cause in Chinese; null where it is the same.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? CauseZh { get; init; }

    /// <summary>The message in both languages; English where the report has no Chinese.</summary>
    [JsonIgnore]
    public LocalizedText Text => new(Message, MessageZh ?? Message);

    /// <summary>The typed code; null where this version does not know it.</summary>
    [JsonIgnore]
    public ErrorCode? Known => ErrorCode.Find(Code);

    /// <summary>The hint in both languages; English where the report has no Chinese.</summary>
    [JsonIgnore]
    public LocalizedText Advice => new(Hint, HintZh ?? Hint);

    /// <summary>What a script was doing when its time ran out; null for every other error.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TimeoutDiagnostics? Diagnostics { get; init; }

    public static ErrorReport From(Error error) =>
        new(error.Code.Name, error.Message, error.Hint.English, error.Hint.Chinese)
        {
            Cause = error.Cause?.English,
            MessageZh = DifferentIn(error.Text),
            CauseZh = error.Cause is null ? null : DifferentIn(error.Cause),
            Diagnostics = error.Diagnostics,
        };

    private static string? DifferentIn(LocalizedText text) => text.Chinese == text.English ? null : text.Chinese;

    /// <summary>Reads the name that schema 1 had for <see cref="Diagnostics"/>.</summary>
    [SuppressMessage("Design", "CA1044:Properties should not be write only", Justification = "It is only read from JSON.")]
    public TimeoutDiagnostics? Autopsy
    {
        init => Diagnostics = value ?? Diagnostics;
    }
}
