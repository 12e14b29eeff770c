namespace Thpc.NodeAgent.Reporting.Timeline;

internal enum BarState
{
    Succeeded,
    Skipped,
    Failed,
    FailedAsAllowed,
    NotRun,
    Running,
    Killed,
}

/// <summary>A stage or step: one row of the timeline.</summary>
/// <param name="FromMs">Milliseconds after the start of the run, clamped to the run.</param>
/// <param name="Reason">For a stage: why it was skipped or not run, or what was already in place.</param>
internal sealed record TimelineRow(
    bool IsStage,
    string Name,
    BarState State,
    long FromMs,
    long ToMs,
    string? Reason,
    ErrorReport? Error,
    IReadOnlyList<NoteReport> Notes)
{
    public string StateText => State switch
    {
        BarState.Succeeded => "succeeded",
        BarState.Skipped => "skipped",
        BarState.Failed => "failed",
        BarState.FailedAsAllowed => "failed, allowed",
        BarState.NotRun => "not run",
        BarState.Running => "running",
        _ => "killed",
    };

    /// <summary>Whether the row has a bar.</summary>
    public bool HasBar => State != BarState.NotRun;

    /// <summary>The duration, or the state if the row did not run.</summary>
    public string Time => State is BarState.NotRun or BarState.Skipped ? StateText : TimeAxis.Duration(ToMs - FromMs);
}

/// <summary>A report as rows with times, ready to be drawn.</summary>
/// <param name="Outcome">The report's outcome; interrupted if the report is `running` but no run is alive.</param>
/// <param name="IsAlive">Whether a run is in progress.</param>
/// <param name="TotalMs">The time that the width of the picture represents; at least 1.</param>
internal sealed record RunTimeline(
    Report Report, RunOutcome Outcome, bool IsAlive, DateTimeOffset Now, long TotalMs, IReadOnlyList<TimelineRow> Rows)
{
    /// <summary>The steps that run now; empty where they are unknown, or no run is in progress.</summary>
    public IReadOnlyList<string> RunningSteps { get; init; } = [];

    /// <summary>The lines before the picture, in place of those about the run; null: those about the run.</summary>
    public IReadOnlyList<string>? Lines { get; init; }

    // Longer than any run; clamps invalid numbers in a report so that sums do not overflow.
    private const long MaxMs = 1L << 40;

    /// <param name="alive">Whether a run is in progress. A report with outcome `running` but no run is from a killed run.</param>
    public static RunTimeline From(Report report, bool alive, DateTimeOffset now)
    {
        var unfinished = report.Outcome == RunOutcome.Running;
        var outcome = unfinished && !alive ? RunOutcome.Interrupted : report.Outcome;
        var took = unfinished && alive ? (long)(now - report.StartedAt).TotalMilliseconds : report.DurationMs;

        // The result may be negative if the clock was set back.
        var total = Clamp(report.Stages.Select(End).Append(took).Max(), 1, MaxMs);
        List<TimelineRow> rows = [];
        var from = 0L;
        foreach (var stage in report.Stages)
        {
            if (unfinished && stage.Name == report.CurrentStage)
            {
                // The report has the steps of a stage only after its end. The stage began when the previous ones ended.
                rows.Add(new TimelineRow(true, stage.Name, alive ? BarState.Running : BarState.Killed, from, total, null, null, []));
                continue;
            }

            rows.Add(Row(
                true, stage.Name, State(stage.Outcome, mayFail: false), stage.StartedMs, stage.DurationMs, stage.Reason, stage.Error, [],
                total));
            rows.AddRange(stage.Steps.Select(
                step => Row(
                    false, step.Summary, State(step.Outcome, step.MayFail), step.StartedMs, step.DurationMs, null, step.Error, step.Notes,
                    total)));
            from = Math.Max(from, Clamp(End(stage), 0, total));
        }

        return new RunTimeline(report, outcome, alive, now, total, rows);
    }

    /// <summary>The node's role and cluster.</summary>
    public string Title => Report.ClusterId.Length > 0 ? $"{Report.NodeRole} of {Report.ClusterId}" : "bootstrap";

    public string DurationText =>
        $"{(Outcome == RunOutcome.Running ? "so far" : "took")} "
            + $"{TimeAxis.Duration(Report.Outcome == RunOutcome.Running ? TotalMs : Math.Max(0, Report.DurationMs))}";

    private static TimelineRow Row(
        bool isStage, string name, BarState state, long started, long duration, string? reason, ErrorReport? error,
        IReadOnlyList<NoteReport> notes, long total)
    {
        var from = Clamp(started, 0, total);
        var to = Clamp(Clamp(started, 0, MaxMs) + Clamp(duration, 0, MaxMs), from, total);
        return new TimelineRow(isStage, name, state, from, to, reason, error, notes);
    }

    private static long End(StageReport stage) => Clamp(stage.StartedMs, 0, MaxMs) + Clamp(stage.DurationMs, 0, MaxMs);

    private static long Clamp(long value, long min, long max) => Math.Clamp(value, min, max);

    private static BarState State(Outcome outcome, bool mayFail) => outcome switch
    {
        Reporting.Outcome.Succeeded => BarState.Succeeded,
        Reporting.Outcome.Skipped => BarState.Skipped,
        Reporting.Outcome.Failed => mayFail ? BarState.FailedAsAllowed : BarState.Failed,
        _ => BarState.NotRun,
    };
}
