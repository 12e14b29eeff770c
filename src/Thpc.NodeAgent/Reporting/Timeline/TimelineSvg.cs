using System.Globalization;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Reporting.Svg;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Reporting.Timeline;

/// <summary>
/// Draws the timeline of a run as an SVG picture to attach to a ticket: a bar for each stage and step at its real time. The picture is
/// 1200 pixels wide, as high as needed, and has no external references.
/// </summary>
internal sealed class TimelineSvg
{
    public const int Width = 1200;
    public const int BarsFrom = 430;
    public const int BarsTo = 1040;
    private const int Margin = 24;
    private const int TimeAt = BarsTo + 12;
    private const double Letter = 7.25;
    private const int ManyErrors = 8;
    private const int MaxNotes = 24;
    private const string Ink = "#0f172a";
    private const string Grey = "#475569";
    private const string Faint = "#e2e8f0";
    private const string Band = "#f1f5f9";
    private const string Red = "#b91c1c";
    private const string Hatching =
        "<defs><pattern id=\"running\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><rect "
            + "width=\"8\" height=\"8\" fill=\"#a5f3fc\"/><rect width=\"4\" height=\"8\" fill=\"#0891b2\"/></pattern></defs>";

    private readonly RunTimeline _timeline;
    private readonly SvgElements _svg = new();
    private readonly bool _brief;
    private readonly Language _language;
    private double _y = Margin;

    private TimelineSvg(RunTimeline timeline, Language language)
    {
        _timeline = timeline;
        _language = language;
        _brief = timeline.Rows.Count(row => row.Error is not null) > ManyErrors;
    }

    public static string Write(RunTimeline timeline, Language language) => new TimelineSvg(timeline, language).Draw();

    private string Draw()
    {
        Header();
        if (_timeline.Rows.Count > 0)
        {
            Rows();
            Legend();
            Notes();
        }

        foreach (var warning in _timeline.Report.Warnings)
        {
            Lines(Margin, $"warning: {warning}", "#92400e", max: 2);
        }

        return _svg.Picture($"{SummaryText.Word(_timeline.Outcome)}: {_timeline.Title}", Width, _y + Margin, Hatching);
    }

    private void Header()
    {
        var report = _timeline.Report;
        var outcome = SummaryText.Word(_timeline.Outcome);
        _svg.Box(
            Margin, _y, 124, 30, _timeline.Outcome switch { RunOutcome.Succeeded => "#1d4ed8", RunOutcome.Running => "#0e7490", _ => Red },
            radius: 4);
        _svg.Text(Margin + 62, _y + 20, outcome, "#ffffff", 15, bold: true, middle: true);
        _svg.Text(
            Margin + 140, _y + 21, TerminalText.Shorten($"{_timeline.Title}{(report.InstanceId is { } id ? $", instance {id}" : "")}", 90),
            Ink, 18, bold: true);
        _y += 54;
        _svg.Text(
            Margin, _y,
            TerminalText.Shorten(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"started {report.StartedAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC, {_timeline.DurationText}, "
                        + $"agent {report.AgentVersion}, run {report.RunId}"), 150), Grey, 13);
        _y += 12;
        foreach (var line in _timeline.Lines ?? [])
        {
            Lines(Margin, line, Ink, max: 1);
        }

        if (report.Error is { } error)
        {
            Error(error);
        }
    }

    private void Rows()
    {
        // The grid is drawn below the bars, so the height is needed first.
        var top = _y + 28;
        var bottom = top + _timeline.Rows.Sum(Height);
        foreach (var tick in TimeAxis.Ticks(_timeline.TotalMs, 9))
        {
            var x = X(tick.AtMs);
            _svg.Text(x, top - 10, tick.Label, Grey, 11, middle: true);
            _svg.Line(x, top - 5, x, bottom, Faint);
            if (bottom - top > 500)
            {
                _svg.Text(x, bottom + 14, tick.Label, Grey, 11, middle: true);
            }
        }

        _y = top;
        foreach (var row in _timeline.Rows)
        {
            Row(row);
        }

        _y = bottom + (bottom - top > 500 ? 20 : 6);
    }

    private void Row(TimelineRow row)
    {
        var end = _y + Height(row);
        var (name, bar) = row.IsStage ? (26, 14) : (20, 11);
        _svg.Open(Title(row));
        if (row.IsStage)
        {
            _svg.Box(Margin, _y + 2, Width - (2 * Margin), name - 2, Band, radius: 3);
        }

        var baseline = _y + (name / 2.0) + 5;
        var indent = row.IsStage ? Margin + 6 : Margin + 18;
        var colour = row.State switch { BarState.Failed => Red, BarState.NotRun or BarState.Skipped => "#64748b", _ => Ink };
        _svg.Text(
            indent, baseline, TerminalText.Shorten(row.Name, (int)((BarsFrom - indent - 8) / Letter)), colour, mono: true,
            bold: row.IsStage);
        _svg.Text(TimeAt, baseline, Time(row), colour, bold: row.State == BarState.Failed);
        if (row.HasBar)
        {
            var width = Math.Max(2, X(row.ToMs) - X(row.FromMs));
            _svg.Box(Math.Min(X(row.FromMs), BarsTo - width), _y + ((name - bar) / 2.0) + 1, width, bar, Fill(row), radius: 1.5);
            foreach (var note in row.Notes)
            {
                var x = Math.Clamp(X(note.AtMs), BarsFrom + 1, BarsTo - 1);
                _svg.Open($"at {TimeAxis.Duration(note.AtMs)}: {note.Text}");
                _svg.Box(x - 1, _y + ((name - bar) / 2.0) - 2, 2, bar + 6, Ink);
                _svg.Close();
            }
        }

        _svg.Close();
        _y += name;
        if (row.Reason is { } reason)
        {
            Lines(Margin + 18, reason, Grey, max: 1);
        }

        if (row.Error is { } error)
        {
            Error(error);
        }

        _y = end;
    }

    private double Height(TimelineRow row) =>
        (row.IsStage ? 26 : 20) + (row.Reason is null ? 0 : 16) + (row.Error is { } error ? 16 * ErrorLines(error).Count() : 0)
            + (row.Error is not null || row.Reason is not null ? 4 : 0);

    private void Error(ErrorReport error)
    {
        foreach (var (words, colour) in ErrorLines(error))
        {
            Lines(Margin + 18, words, colour, max: 1);
        }
    }

    private IEnumerable<(string Words, string Colour)> ErrorLines(ErrorReport error)
    {
        const int Columns = (int)((Width - (2 * Margin) - 18) / Letter);
        return
        [
            .. TerminalText.Wrap($"{error.Code}: {error.Message}", Columns, _brief ? 1 : 4).Select(line => (line, Red)),
            .. _brief ? [] : TerminalText.Wrap($"→ {error.Advice.In(_language)}", Columns, 2).Select(line => (line, Grey)),
        ];
    }

    private void Lines(double x, string text, string colour, int max)
    {
        foreach (var line in TerminalText.Wrap(text, (int)((Width - Margin - x) / Letter), max))
        {
            _y += 16;
            _svg.Text(x, _y - 4, line, colour, mono: true);
        }
    }

    private void Legend()
    {
        _y += 18;
        double x = BarsFrom;
        foreach (var row in _timeline.Rows.Where(row =>
            !row.IsStage || row.State is not (BarState.Succeeded or BarState.NotRun or BarState.Skipped)).DistinctBy(row => row.State)
            .Where(row => row.HasBar).OrderBy(row => row.State))
        {
            _svg.Box(x, _y - 9, 16, 10, Fill(row with { IsStage = false }), radius: 1.5);
            _svg.Text(x + 22, _y, row.StateText, Grey, 11);
            x += 34 + (row.StateText.Length * 6.5);
        }

        if (_timeline.Rows.Any(row => row.Notes.Count > 0))
        {
            _svg.Box(x, _y - 12, 2, 16, Ink);
            _svg.Text(x + 8, _y, "retry or other note", Grey, 11);
        }

        _y += 14;
    }

    /// <summary>Lists the notes of the bars' marks, because tooltips do not work everywhere; those of failed steps come first.</summary>
    private void Notes()
    {
        var notes = _timeline.Rows.Where(row => row.Notes.Count > 0).OrderBy(row => row.State != BarState.Failed)
            .SelectMany(row => row.Notes.Select(note => (Row: row, Note: note))).ToList();
        foreach (var (row, note) in notes.Take(MaxNotes))
        {
            Lines(Margin, $"{TerminalText.Fill(row.Name, 53)}  at {TimeAxis.Duration(note.AtMs)}: {note.Text}", Grey, max: 1);
        }

        if (notes.Count > MaxNotes)
        {
            Lines(Margin, $"… {notes.Count - MaxNotes} more in the report", Grey, max: 1);
        }

        _y += notes.Count > 0 ? 6 : 0;
    }

    private static string Time(TimelineRow row) =>
        row.Notes.Count == 0 ? row.Time : $"{row.Time}, {row.Notes.Count} note{(row.Notes.Count == 1 ? "" : "s")}";

    /// <summary>The tooltip of a row, with the full name and message.</summary>
    private static string Title(TimelineRow row) =>
        $"{row.Name}\n{row.StateText}{(row.HasBar ? $", from {TimeAxis.Duration(row.FromMs)} to {TimeAxis.Duration(row.ToMs)}" : "")}"
            + $"{(row.Error is { } error ? $"\n{error.Code}: {error.Message}" : "")}";

    private double X(long atMs) => BarsFrom + ((BarsTo - BarsFrom) * (double)atMs / _timeline.TotalMs);

    private static string Fill(TimelineRow row) => row.State switch
    {
        BarState.Succeeded => row.IsStage ? "#1e40af" : "#60a5fa",
        BarState.Failed => row.IsStage ? Red : "#ef4444",
        BarState.FailedAsAllowed => "#f59e0b",
        BarState.Running => "url(#running)",
        BarState.Killed => Red,
        _ => "#94a3b8",
    };
}
