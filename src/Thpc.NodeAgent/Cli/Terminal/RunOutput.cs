using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Reporting.Timeline;

namespace Thpc.NodeAgent.Cli;

/// <summary>A run as text for standard output: as wide as the terminal, with its colours; plain where it is none.</summary>
internal static class RunOutput
{
    public static string Draw(RunTimeline timeline, Language language)
    {
        var columns = Terminal.Columns;
        return TimelineText.Write(timeline, columns, columns is not null && Terminal.HasColour, TimeZoneInfo.Local, language);
    }
}
