using System.Globalization;
using System.Text;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Reporting;

/// <summary>What bootstrap says at its end: outcome, stages, what failed and what to do, in under 2 KB.</summary>
internal static class SummaryText
{
    private const int MaxBytes = 2000;

    public static string Write(Report report, string reportPath, Language language)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"bootstrap {Word(report.Outcome)} in {Seconds(report.DurationMs)}: {report.NodeRole} of {report.ClusterId}{(report.InstanceId is { } id ? $", instance {id}" : "")}\n");
        if (report.Error is { } fatal)
        {
            Append(text, fatal, "  ", language);
        }

        foreach (var stage in report.Stages)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {stage.Name,-9} {Word(stage.Outcome),-9} {Seconds(stage.DurationMs),8}{(stage.Reason is { } reason ? "  " + reason : "")}\n");
            if (stage.Error is { } error)
            {
                Append(text, error, "    ", language);
            }

            foreach (var step in stage.Steps)
            {
                if (step.Error is { } failed)
                {
                    text.Append("    ").Append(step.Summary).Append(": ").Append(step.MayFail ? "failed, which is allowed" : "failed").Append('\n');
                    Append(text, failed, "      ", language);
                }
                else if (step.Outcome == Outcome.Succeeded && stage.Outcome != Outcome.Failed)
                {
                    text.Append(CultureInfo.InvariantCulture, $"    {step.Summary}  {Seconds(step.DurationMs)}\n");
                }
            }
        }

        // Last, for of a text that is too long the end is cut.
        foreach (var warning in report.Warnings)
        {
            text.Append("  warning: ").Append(warning).Append('\n');
        }

        return Cut(text.ToString(), $"report: {reportPath}\n");
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
        text.Append(indent).Append(error.Code).Append(": ").Append(error.Message.ReplaceLineEndings("\n" + indent)).Append('\n')
            .Append(indent).Append("→ ").Append(error.Advice.In(language)).Append('\n');

    private static string Cut(string text, string end)
    {
        const string Mark = "\n  … (`thpc-node-agent status` has the rest)\n";
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
