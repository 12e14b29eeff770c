using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Reporting.Timeline;

namespace Thpc.NodeAgent.Cli;

/// <summary>Prints a run: as wide as the terminal, with its colours; plain where it is none.</summary>
internal static class RunOutput
{
    public static void Print(RunTimeline timeline, Language language)
    {
        var columns = Terminal.Columns;
        TerminalOutput.WriteColored(
            TimelineText.Write(timeline, columns, columns is not null && Terminal.HasColour, TimeZoneInfo.Local, language));
    }

    /// <summary>Prints a run that has ended, without its notes where the log has just shown them.</summary>
    public static void Print(Report report, Language language) =>
        Print(Ended(Terminal.ShowsLogAndResult ? report.WithoutNotes() : report), language);

    /// <summary>Prints the report of a run as JSON.</summary>
    public static void PrintJson(Report report, Language language) => JsonOutput.Write(ReportJson.Write(report));

    /// <summary>Prints it on standard error, where standard output has something else.</summary>
    public static void PrintError(Report report, Language language) =>
        TerminalOutput.WriteError(TimelineText.Write(Ended(report), width: null, colour: false, TimeZoneInfo.Local, language));

    private static RunTimeline Ended(Report report) => RunTimeline.From(report, alive: false, TimeProvider.System.GetUtcNow());
}
