using System.Globalization;
using System.Text;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Reporting;

/// <summary>Formats a report as text: a line with a bar for each stage and step, over the time of the whole run.</summary>
internal static class StatusText
{
    private const int BarWidth = 32;
    private const int NameWidth = 44;

    /// <param name="alive">Whether a run is in progress. A report with outcome `running` but no run is from a killed run.</param>
    public static string Write(Report report, bool alive, DateTimeOffset now, Language language)
    {
        var outcome = report.Outcome == RunOutcome.Running && !alive ? RunOutcome.Interrupted : report.Outcome;
        var total = outcome == RunOutcome.Running ? Math.Max(0, (long)(now - report.StartedAt).TotalMilliseconds) : report.DurationMs;
        var text = new StringBuilder();
        var cluster = report.ClusterId.Length > 0 ? $": {report.NodeRole} of {report.ClusterId}" : "";
        var instance = report.InstanceId is { } id ? $", instance {id}" : "";
        var took = outcome == RunOutcome.Running ? "so far" : "took";
        text.Append(SummaryText.Word(outcome)).Append(cluster).Append(instance).Append('\n');
        text.Append(
            CultureInfo.InvariantCulture,
            $"started {report.StartedAt:yyyy-MM-dd HH:mm:ss}Z, {took} {SummaryText.Seconds(total)}, agent {report.AgentVersion}, run "
                + $"{report.RunId}\n");
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
                // The report has the steps of a stage only after its end. The stage began when the previous ones ended.
                // Aggregate, because Sum throws on overflow by invalid times.
                var started = report.Stages.TakeWhile(other => other != stage).Aggregate(0L, (sum, other) => sum + other.DurationMs);
                var bar = Bar(started, total - started, Math.Max(1, total));
                Line(text, stage.Name, '…', bar, SummaryText.Seconds(Math.Max(0, total - started)), alive ? "running" : "killed");
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

        return TerminalText.Printable(text.ToString());
    }

    private static void Line(StringBuilder text, string name, Outcome outcome, long started, long duration, long total, string? reason)
    {
        var bar = outcome is Outcome.NotRun ? new string(' ', BarWidth) : Bar(started, duration, Math.Max(1, total));
        var time = outcome == Outcome.NotRun ? "" : SummaryText.Seconds(duration);
        Line(text, name, Sign(outcome), bar, time, SummaryText.Word(outcome) + (reason is null ? "" : ": " + reason));
    }

    private static void Line(StringBuilder text, string name, char sign, string bar, string time, string words)
    {
        // A long name loses its middle, because both ends carry information.
        var shown = name.Length > NameWidth ? $"{name[..(NameWidth / 2)]}…{name[^((NameWidth / 2) - 1)..]}" : name.PadRight(NameWidth);
        text.Append(CultureInfo.InvariantCulture, $"{sign} {shown} ▕{bar}▏ {time,9}  {words}\n");
    }

    /// <summary>Draws the part of the run in whole characters; a part shorter than one character is drawn thin.</summary>
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
            foreach (var line in DiagnosticsText.Lines(error.Diagnostics))
            {
                text.Append(indent).Append(line).Append('\n');
            }
        }
    }
}
