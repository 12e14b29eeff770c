using System.Text;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Support;

/// <summary>
/// summary.txt of a bundle: outcome, cause and remedy as `status` prints them, the findings of `doctor`, and what the bundle contains.
/// </summary>
internal static class BundleSummary
{
    public const string Name = "summary.txt";

    /// <param name="report">The last run's report; null if there is none.</param>
    /// <param name="isRunning">Whether a run is in progress.</param>
    /// <param name="findings">What `doctor` prints; null if it did not end in time.</param>
    public static string Write(
        Report? report,
        bool isRunning,
        DateTimeOffset now,
        TimeZoneInfo zone,
        string? findings,
        IReadOnlyList<BundleFile> files,
        Language language)
    {
        var text = new StringBuilder();
        void Line(string line) => text.Append(TerminalText.OneLine(line)).Append('\n');
        if (report is null)
        {
            Line(Hints.NoRun.In(language));
        }
        else
        {
            var headline = new RunHeadline(report, isRunning && report.Outcome == RunOutcome.Running, now, zone, language);
            Line(headline.First);
            foreach (var line in headline.Rest.Concat(headline.Warnings))
            {
                Line(line);
            }
        }

        text.Append('\n').Append(findings is null ? Hints.NoFindings.In(language) + "\n" : TerminalText.Printable(findings)).Append('\n');
        Line(Hints.Content.In(language));
        var width = files.Select(file => file.Name.Length).DefaultIfEmpty().Max();
        foreach (var file in files)
        {
            Line($"  {file.Name.PadRight(width)}  {Math.Max(1, file.Content.Length >> 10),5} KiB  {file.Source}");
        }

        var redacted = string.Join(", ", files.Where(file => file.Redactions > 0).Select(file => $"{file.Name} ({file.Redactions})"));
        text.Append('\n');
        Line((redacted.Length > 0 ? Hints.Redacted(redacted) : Hints.NothingRedacted).In(language));
        if (files.Any(file => file.Problem is not null))
        {
            text.Append('\n');
            Line(Hints.Incomplete.In(language));
        }

        foreach (var file in files)
        {
            if (file.Problem is { } problem)
            {
                Line($"  {file.Name}: {problem}");
            }
        }

        return text.ToString();
    }
}
