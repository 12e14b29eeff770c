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

/// <summary>A stage or a step: one line of the picture.</summary>
/// <param name="FromMs">After the start of the run; within it, whatever the report says.</param>
/// <param name="Reason">Of a stage: why it was skipped or not run, or what was in place.</param>
internal sealed record TimelineRow(bool IsStage, string Name, BarState State, long FromMs, long ToMs, string? Reason, ErrorReport? Error, IReadOnlyList<NoteReport> Notes)
{
    public string StateWords => State switch
    {
        BarState.Succeeded => "succeeded",
        BarState.Skipped => "skipped",
        BarState.Failed => "failed",
        BarState.FailedAsAllowed => "failed, allowed",
        BarState.NotRun => "not run",
        BarState.Running => "running",
        _ => "killed",
    };

    /// <summary>Whether it took any time worth a bar.</summary>
    public bool HasBar => State != BarState.NotRun;

    /// <summary>What stands where others have their time.</summary>
    public string Time => State is BarState.NotRun or BarState.Skipped ? StateWords : TimeAxis.Duration(ToMs - FromMs);
}

/// <summary>A report laid out over the time of its run, for whoever draws it.</summary>
/// <param name="Outcome">Interrupted where the report says running and no run is alive.</param>
/// <param name="TotalMs">What the width of the picture stands for; at least 1.</param>
internal sealed record RunTimeline(Report Report, RunOutcome Outcome, long TotalMs, IReadOnlyList<TimelineRow> Rows)
{
    // No run is longer; a number that a report should not have must not overflow.
    private const long LongestMs = 1L << 40;

    /// <param name="alive">Whether a run is in progress: a report that says `running` without one was left by a run that was killed.</param>
    public static RunTimeline From(Report report, bool alive, DateTimeOffset now)
    {
        var unfinished = report.Outcome == RunOutcome.Running;
        var outcome = unfinished && !alive ? RunOutcome.Interrupted : report.Outcome;
        var took = unfinished && alive ? (long)(now - report.StartedAt).TotalMilliseconds : report.DurationMs;

        // A clock may have been set back since.
        var total = Clamp(report.Stages.Select(End).Append(took).Max(), 1, LongestMs);
        List<TimelineRow> rows = [];
        var from = 0L;
        foreach (var stage in report.Stages)
        {
            if (unfinished && stage.Name == report.CurrentStage)
            {
                // Its steps are in the report once it has ended; it began where the ones before it had.
                rows.Add(new TimelineRow(true, stage.Name, alive ? BarState.Running : BarState.Killed, from, total, null, null, []));
                continue;
            }

            rows.Add(Row(true, stage.Name, State(stage.Outcome, mayFail: false), stage.StartedMs, stage.DurationMs, stage.Reason, stage.Error, [], total));
            rows.AddRange(stage.Steps.Select(step => Row(false, step.Summary, State(step.Outcome, step.MayFail), step.StartedMs, step.DurationMs, null, step.Error, step.Notes, total)));
            from = Math.Max(from, Clamp(End(stage), 0, total));
        }

        return new RunTimeline(report, outcome, total, rows);
    }

    /// <summary>Who it was and how it ended.</summary>
    public string Title => Report.ClusterId.Length > 0 ? $"{Report.NodeRole} of {Report.ClusterId}" : "bootstrap";

    public string DurationText => $"{(Outcome == RunOutcome.Running ? "so far" : "took")} {TimeAxis.Duration(Report.Outcome == RunOutcome.Running ? TotalMs : Math.Max(0, Report.DurationMs))}";

    private static TimelineRow Row(bool isStage, string name, BarState state, long started, long duration, string? reason, ErrorReport? error, IReadOnlyList<NoteReport> notes, long total)
    {
        var from = Clamp(started, 0, total);
        return new TimelineRow(isStage, name, state, from, Clamp(Clamp(started, 0, LongestMs) + Clamp(duration, 0, LongestMs), from, total), reason, error, notes);
    }

    private static long End(StageReport stage) => Clamp(stage.StartedMs, 0, LongestMs) + Clamp(stage.DurationMs, 0, LongestMs);

    private static long Clamp(long value, long min, long max) => Math.Clamp(value, min, max);

    private static BarState State(Outcome outcome, bool mayFail) => outcome switch
    {
        Reporting.Outcome.Succeeded => BarState.Succeeded,
        Reporting.Outcome.Skipped => BarState.Skipped,
        Reporting.Outcome.Failed => mayFail ? BarState.FailedAsAllowed : BarState.Failed,
        _ => BarState.NotRun,
    };
}
