using Thpc.NodeAgent.Errors;
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

    /// <summary>Prints it on standard error, where standard output has something else.</summary>
    public static void PrintError(RunTimeline timeline, Language language) =>
        TerminalOutput.WriteError(TimelineText.Write(timeline, width: null, colour: false, TimeZoneInfo.Local, language));
}
