using System.Globalization;
using System.Text;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Reporting;

/// <summary>The summary at the end of bootstrap: outcome, cause and remedy, node, then the stages, in under 2 KB.</summary>
internal static class SummaryText
{
    private const int MaxBytes = 2000;

    /// <param name="zone">The time zone of the node's clock.</param>
    public static string Write(Report report, string reportPath, TimeZoneInfo zone, Language language)
    {
        var text = new StringBuilder();
        var headline = new RunHeadline(report, alive: false, report.StartedAt, zone, language);
        foreach (var line in headline.Rest.Prepend(headline.First))
        {
            text.Append(TerminalText.OneLine(line)).Append('\n');
        }

        foreach (var stage in report.Stages)
        {
            var reason = stage.Reason is null ? "" : "  " + stage.Reason;
            text.Append(
                CultureInfo.InvariantCulture,
                $"  {stage.Name,-9} {Word(stage.Outcome),-9} {Seconds(stage.DurationMs),8}{reason}\n");
            foreach (var step in stage.Steps)
            {
                if (step is { Error: { } error, MayFail: true })
                {
                    text.Append("    ").Append(step.Summary).Append(": failed (allowed to fail)\n");
                    Append(text, error, "      ", language);
                }
                else if (step.Outcome == Outcome.Succeeded && stage.Outcome != Outcome.Failed)
                {
                    text.Append(CultureInfo.InvariantCulture, $"    {step.Summary}  {Seconds(step.DurationMs)}\n");
                }
                else if (step.Outcome == Outcome.Failed)
                {
                    text.Append(CultureInfo.InvariantCulture, $"    {step.Summary}: failed after {Seconds(step.DurationMs)}\n");
                }
            }
        }

        // Warnings come last, because a text that is too long loses its end.
        foreach (var warning in headline.Warnings)
        {
            text.Append("  ").Append(warning).Append('\n');
        }

        return Cut(TerminalText.Printable(text.ToString()), $"report: {reportPath}\n");
    }

    public static string Word(Outcome outcome) => outcome switch
    {
        Outcome.Succeeded => "succeeded",
        Outcome.Skipped => "skipped",
        Outcome.Failed => "failed",
        _ => "not run",
    };

    public static string Word(RunOutcome outcome) => outcome switch
    {
        RunOutcome.Succeeded => "succeeded",
        RunOutcome.Failed => "failed",
        RunOutcome.Interrupted => "interrupted",
        _ => "running",
    };

    public static string Seconds(long milliseconds) => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 1000.0:0.00} s");

    private static void Append(StringBuilder text, ErrorReport error, string indent, Language language) =>
        text.Append(indent).Append(error.Code).Append(": ").Append(error.Text.In(language).ReplaceLineEndings("\n" + indent)).Append('\n')
            .Append(indent).Append("→ ").Append(error.Advice.In(language)).Append('\n');

    private static string Cut(string text, string end)
    {
        const string Mark = "\n  … (`thpc-node-agent status` shows the rest)\n";
        var room = MaxBytes - Encoding.UTF8.GetByteCount(end);
        if (Encoding.UTF8.GetByteCount(text) <= room)
        {
            return text + end;
        }

        var bytes = Encoding.UTF8.GetBytes(text).AsSpan(0, room - Encoding.UTF8.GetByteCount(Mark));
        var start = Encoding.UTF8.GetString(bytes[..(bytes.LastIndexOf((byte)'\n') is > 0 and var feed ? feed : bytes.Length)]);
        return start.TrimEnd('\uFFFD') + Mark + end;
    }
}
