using System.Text;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Reporting.Timeline;

/// <summary>Draws the timeline of a run for a terminal, with bars of block characters.</summary>
internal sealed class TimelineText
{
    public const int MinWidth = 40;
    private const int MaxWidth = 220;
    private const int TimeWidth = 12;
    private const int MaxNotes = 4;
    private const string Red = "31";
    private const string Dim = "2";
    private const string Bold = "1";

    // Characters for a cell that is filled from the left by 0 to 8 eighths.
    private const string Eighths = " ▏▎▍▌▋▊▉█";

    // Columns where the text is no terminal's: enough for the names of most steps.
    private const int PipeWidth = 100;

    private readonly StringBuilder _text = new();
    private readonly RunTimeline _timeline;
    private readonly RunHeadline _headline;
    private readonly int? _width;
    private readonly bool _colour;
    private readonly Language _language;
    private readonly int _labels;
    private readonly int _bars;

    private TimelineText(RunTimeline timeline, int? width, bool colour, TimeZoneInfo zone, Language language)
    {
        _timeline = timeline;
        _headline = new RunHeadline(timeline.Report, timeline.IsAlive, timeline.Now, zone, language);
        _colour = colour;
        _language = language;
        _width = width is null ? null : Math.Clamp(width.Value, MinWidth, MaxWidth);
        var columns = _width ?? PipeWidth;
        _labels = Math.Clamp(
            timeline.Rows.Select(row => TerminalText.Columns(TerminalText.OneLine(Label(row)))).DefaultIfEmpty().Max(), 12,
            columns * 2 / 5);

        // Six columns: a sign and a blank before the label; a blank, two edges and a blank around the bar.
        _bars = columns - _labels - TimeWidth - 6;
    }

    /// <param name="width">Columns of the terminal; null for a pipe or file, where lines are not wrapped.</param>
    /// <param name="zone">The time zone of the node's clock.</param>
    public static string Write(RunTimeline timeline, int? width, bool colour, TimeZoneInfo zone, Language language) =>
        new TimelineText(timeline, width, colour, zone, language).Draw();

    private string Draw()
    {
        string[] lines = _timeline.Lines is { } others ? [.. others]
            : [_headline.First, .. _timeline.RunningSteps, .. _headline.Rest, .. _headline.Warnings];
        for (var i = 0; i < lines.Length; i++)
        {
            Wrapped(lines[i], i > 0 ? null : _timeline.Outcome switch
            {
                RunOutcome.Succeeded => "1;32",
                RunOutcome.Running => "1;36",
                _ => "1;31",
            });
        }

        if (_timeline.Rows.Count > 0)
        {
            Axis();
        }

        foreach (var row in _timeline.Rows)
        {
            Row(row);
        }

        if (_timeline.Lines is not null)
        {
            return _text.ToString();
        }

        foreach (var line in _headline.Diagnostics)
        {
            Wrapped(line, null);
        }

        var report = _timeline.Report;
        Wrapped($"{_timeline.DurationText}, agent {report.AgentVersion}, run {report.RunId}", Dim);
        return _text.ToString();
    }

    private void Row(TimelineRow row)
    {
        var colour = row.State switch
        {
            BarState.Succeeded => "32",
            BarState.FailedAsAllowed => "33",
            BarState.Running => "36",
            BarState.Skipped or BarState.NotRun => Dim,
            _ => Red
        };
        var label = TerminalText.Fill(Label(row), _labels);
        var bar = row.HasBar ? Bar(row) : new string(' ', _bars);
        Line($"{Painted(Sign(row.State), colour)} {(row.IsStage ? Painted(label, Bold) : label)} "
            + $"▕{Painted(bar, colour)}▏ {Painted(row.Time, row.State == BarState.Failed ? Red : Dim)}");
        if (row.Reason is { } reason)
        {
            Wrapped($"  {reason}", Dim);
        }

        // If there are many notes, show the first and the last ones.
        var notes = row.Notes.Count <= MaxNotes
            ? row.Notes
            : [.. row.Notes.Take(MaxNotes / 2), .. row.Notes.Skip(row.Notes.Count - (MaxNotes / 2))];
        for (var i = 0; i < notes.Count; i++)
        {
            if (i == MaxNotes / 2 && row.Notes.Count > MaxNotes)
            {
                Line(Painted($"    … {row.Notes.Count - MaxNotes} more", Dim));
            }

            Wrapped($"    at {TimeAxis.Duration(notes[i].AtMs)}: {notes[i].Text}", Dim);
        }

        // The headline has the errors that failed the run.
        if (row is { Error: { } error, State: BarState.FailedAsAllowed })
        {
            Wrapped($"    {error.Code}: {error.Text.In(_language).ReplaceLineEndings(" / ")}", Red);
            Wrapped($"    → {error.Advice.In(_language)}", null);
        }
    }

    /// <summary>Draws a bar: its end is exact to an eighth of a cell, its beginning to a half. A cell with a note is ▒.</summary>
    private string Bar(TimelineRow row)
    {
        var eighths = _bars * 8;
        var from = (int)Math.Min((double)row.FromMs * eighths / _timeline.TotalMs, eighths - 1);
        var to = Math.Clamp((int)Math.Ceiling((double)row.ToMs * eighths / _timeline.TotalMs), from + 1, eighths);
        var cells = new char[_bars];
        for (var i = 0; i < _bars; i++)
        {
            cells[i] = Cell(Math.Clamp(from - (i * 8), 0, 8), Math.Clamp(to - (i * 8), 0, 8));
        }

        foreach (var note in row.Notes)
        {
            cells[(int)Math.Clamp((double)note.AtMs * _bars / _timeline.TotalMs, 0, _bars - 1)] = '▒';
        }

        return new string(cells);
    }

    private static char Cell(int from, int to) => (from, to) switch
    {
        (0, _) => Eighths[to],
        (8, _) => ' ',
        (_, 8) => from <= 2 ? '█' : from <= 6 ? '▐' : '▕',
        _ => from < 4 ? Eighths[to - from] : '▕',
    };

    private void Axis()
    {
        var cells = new string(' ', _bars + TimeWidth).ToCharArray();
        var free = 0;
        foreach (var tick in TimeAxis.Ticks(_timeline.TotalMs, Math.Max(2, _bars / 10)))
        {
            var at = (int)((double)tick.AtMs * _bars / _timeline.TotalMs);
            if (at >= free && at + tick.Label.Length <= cells.Length)
            {
                tick.Label.CopyTo(0, cells, at, tick.Label.Length);
                free = at + tick.Label.Length + 1;
            }
        }

        Line(Painted(new string(' ', _labels + 4) + new string(cells).TrimEnd(), Dim));
    }

    /// <summary>Writes text; on a terminal, over several lines where it is too long, the further ones indented like the first.</summary>
    private void Wrapped(string text, string? colour)
    {
        var indent = text.Length - text.TrimStart(' ').Length;
        foreach (var line in TerminalText.Reflow(text, _width))
        {
            Line(line[..indent] + (colour is null ? line[indent..] : Painted(line[indent..], colour)));
        }
    }

    private void Line(string text) => _text.Append(text).Append('\n');

    private string Painted(string text, string colour) => _colour ? $"\e[{colour}m{text}\e[0m" : text;

    private static string Label(TimelineRow row) => row.IsStage ? row.Name : "  " + row.Name;

    private static string Sign(BarState state) => state switch
    {
        BarState.Succeeded => "✓",
        BarState.Skipped => "–",
        BarState.Failed or BarState.FailedAsAllowed or BarState.Killed => "✗",
        BarState.Running => "…",
        _ => "·",
    };
}
