using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Reporting;

/// <summary>
/// The first lines of each text about a run: outcome and cause; the remedy; then which node and when. Other causes follow.
/// </summary>
/// <param name="alive">Whether a run is in progress. A report with outcome `running` but no run is from a killed run.</param>
/// <param name="zone">The time zone of the node's clock.</param>
internal sealed class RunHeadline(Report report, bool alive, DateTimeOffset now, TimeZoneInfo zone, Language language)
{
    private readonly IReadOnlyList<FailureCause> _causes = FailureCause.From(report);

    /// <summary>The outcome and, of a run that did not succeed, code and cause.</summary>
    public string First => (report.Outcome switch
    {
        RunOutcome.Running when alive => Hints.Running(What, SummaryText.Seconds(Elapsed)),
        RunOutcome.Running => Hints.Interrupted(What, $"{ErrorCode.Interrupted}: {Killed.In(language)}"),
        RunOutcome.Succeeded => Hints.Succeeded(What, SummaryText.Seconds(report.DurationMs)),
        RunOutcome.Interrupted => Hints.Interrupted(What, Cause),
        _ => Hints.Failed(What, Cause),
    }).In(language) + (alive && report.CurrentStage is { } stage ? Hints.NowInStage(stage).In(language) : "");

    /// <summary>Cause, remedy, and which node and when.</summary>
    public IEnumerable<string> Brief => [First, .. Remedy is { } remedy ? (string[])[Arrow(remedy)] : [], Node];

    /// <summary>The lines after the first, before the picture of the run.</summary>
    public IEnumerable<string> Rest =>
    [
        .. Remedy is { } remedy ? (string[])[Arrow(remedy)] : [],
        .. _causes.Take(1).SelectMany(Details),
        Node,
        .. _causes.Skip(1).SelectMany(Describe),
    ];

    public IEnumerable<string> Warnings => report.Warnings.Select(warning => $"warning: {warning}");

    /// <summary>What scripts were doing when their time ran out; empty if none did. For the end of a text.</summary>
    public IEnumerable<string> Diagnostics => _causes.SelectMany(cause => DiagnosticsText.Lines(cause.Error.Diagnostics));

    // A stage that ran by itself is no bootstrap.
    private string What => report.RunId == Report.ByHand ? string.Join(", ", report.Stages.Select(stage => stage.Name)) : "bootstrap";

    private string Cause => _causes is [var first, ..] ? first.Line(language) : Hints.NoCause.In(language);

    private LocalizedText Killed => report.CurrentStage is { } stage ? Hints.Killed(stage) : Hints.KilledBeforeFirstStage;

    private LocalizedText? Remedy => report.Outcome switch
    {
        RunOutcome.Succeeded => null,
        RunOutcome.Running => alive ? null : ErrorCode.Interrupted.Hint,
        _ => _causes is [var first, ..] ? first.Error.Advice : ErrorCode.Interrupted.Hint,
    };

    private string Node => NodeLine.Write(
        report.NodeRole, report.ClusterId, report.HostName, report.InstanceId, Hints.Started(NodeLine.Time(report.StartedAt, zone)),
        language);

    // Not negative where the clock was set back.
    private long Elapsed => Math.Max(0, (long)(now - report.StartedAt).TotalMilliseconds);

    private IEnumerable<string> Describe(FailureCause cause) =>
        [Hints.AlsoFailed(cause.Line(language)).In(language), Arrow(cause.Error.Advice), .. Details(cause)];

    private IEnumerable<string> Details(FailureCause cause) => cause.Details(language).Select(line => $"  {line}");

    private string Arrow(LocalizedText advice) => $"→ {advice.In(language)}";
}
