using System.Globalization;
using System.Text;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Reporting;

/// <summary>A report as a picture for a terminal: a bar a stage and a step over the time of the whole run.</summary>
internal static class StatusText
{
    private const int BarWidth = 32;
    private const int NameWidth = 44;

    /// <param name="alive">Whether a run is in progress: a report that says `running` without one was left by a run that was killed.</param>
    public static string Write(Report report, bool alive, DateTimeOffset now, Language language)
    {
        var outcome = report.Outcome == RunOutcome.Running && !alive ? RunOutcome.Interrupted : report.Outcome;
        var total = outcome == RunOutcome.Running ? Math.Max(0, (long)(now - report.StartedAt).TotalMilliseconds) : report.DurationMs;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{SummaryText.Word(outcome)}{(report.ClusterId.Length > 0 ? $": {report.NodeRole} of {report.ClusterId}" : "")}{(report.InstanceId is { } id ? $", instance {id}" : "")}\n");
        text.Append(CultureInfo.InvariantCulture, $"started {report.StartedAt:yyyy-MM-dd HH:mm:ss}Z, {(outcome == RunOutcome.Running ? "so far" : "took")} {SummaryText.Seconds(total)}, agent {report.AgentVersion}, run {report.RunId}\n");
        if (report.Outcome == RunOutcome.Running)
        {
            text.Append(CultureInfo.InvariantCulture, $"{(alive ? "now in" : "killed in")} stage {report.CurrentStage}\n");
        }

        foreach (var warning in report.Warnings)
        {
            text.Append("warning: ").Append(warning).Append('\n');
        }

        Error(text, report.Error, "", language);
        foreach (var stage in report.Stages)
        {
            if (stage.Name == report.CurrentStage)
            {
                // Its steps are in the report once it has ended; it began where the ones before it had. Sum would not bear times that no run takes.
                var started = report.Stages.TakeWhile(other => other != stage).Aggregate(0L, (sum, other) => sum + other.DurationMs);
                Line(text, stage.Name, '…', Bar(started, total - started, Math.Max(1, total)), SummaryText.Seconds(Math.Max(0, total - started)), alive ? "running" : "killed");
                continue;
            }

            Line(text, stage.Name, stage.Outcome, stage.StartedMs, stage.DurationMs, total, stage.Reason);
            Error(text, stage.Error, "  ", language);
            foreach (var step in stage.Steps)
            {
                Line(text, "  " + step.Summary, step.Outcome, step.StartedMs, step.DurationMs, total, null);
                foreach (var note in step.Notes)
                {
                    text.Append(CultureInfo.InvariantCulture, $"    at {SummaryText.Seconds(note.AtMs)}: {note.Text}\n");
                }

                Error(text, step.Error, "    ", language);
            }
        }

        return text.ToString();
    }

    private static void Line(StringBuilder text, string name, Outcome outcome, long started, long duration, long total, string? reason)
    {
        var bar = outcome is Outcome.NotRun ? new string(' ', BarWidth) : Bar(started, duration, Math.Max(1, total));
        Line(text, name, Sign(outcome), bar, outcome == Outcome.NotRun ? "" : SummaryText.Seconds(duration), SummaryText.Word(outcome) + (reason is null ? "" : ": " + reason));
    }

    private static void Line(StringBuilder text, string name, char sign, string bar, string time, string words)
    {
        // Of a long one both ends count: what is done, and where.
        var shown = name.Length > NameWidth ? $"{name[..(NameWidth / 2)]}…{name[^((NameWidth / 2) - 1)..]}" : name.PadRight(NameWidth);
        text.Append(CultureInfo.InvariantCulture, $"{sign} {shown} ▕{bar}▏ {time,9}  {words}\n");
    }

    /// <summary>Where in the run it lies, in whole characters; what took any time has at least a thin one.</summary>
    private static string Bar(long started, long duration, long total)
    {
        var from = (int)Math.Clamp(started * BarWidth / total, 0, BarWidth - 1);
        var to = (int)Math.Clamp((((started + duration) * BarWidth) + total - 1) / total, from + 1, BarWidth);
        var thin = duration * BarWidth < total;
        return new string(' ', from) + (thin ? "▏" : new string('█', to - from)) + new string(' ', BarWidth - (thin ? from + 1 : to));
    }

    private static char Sign(Outcome outcome) => outcome switch
    {
        Outcome.Succeeded => '✓',
        Outcome.Skipped => '–',
        Outcome.Failed => '✗',
        _ => '·',
    };

    private static void Error(StringBuilder text, ErrorReport? error, string indent, Language language)
    {
        if (error is not null)
        {
            text.Append(indent).Append(error.Code).Append(": ").Append(error.Message.ReplaceLineEndings("\n" + indent)).Append('\n');
            text.Append(indent).Append("→ ").Append(error.Advice.In(language)).Append('\n');
            foreach (var line in DiagnosticsText.Lines(error.Autopsy))
            {
                text.Append(indent).Append(line).Append('\n');
            }
        }
    }
}
