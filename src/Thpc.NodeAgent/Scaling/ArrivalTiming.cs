using System.Globalization;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Scaling;

/// <summary>When rounds begin and machines start.</summary>
/// <param name="Start">When the job begins to wait.</param>
/// <param name="BusyTime">From there to the first round: ExpansionBusyTime.</param>
/// <param name="RoundInterval">From a round to the next; no document gives it.</param>
/// <param name="MachineStart">From a round to the start of the agent on its machines; no document gives it.</param>
internal sealed record ArrivalTiming(DateTimeOffset Start, TimeSpan BusyTime, TimeSpan RoundInterval, TimeSpan MachineStart)
{
    private static readonly string[] Formats = ["HH:mm", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK"];

    /// <summary>
    /// Reads a time of today, such as 14:00, or one with a date, in the zone of this machine if it names none. Adds a diagnostic if the
    /// text is no such time.
    /// </summary>
    public static DateTimeOffset ReadStart(string text, ICollection<ConfigDiagnostic> diagnostics)
    {
        if (!DateTime.TryParseExact(text, Formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out var time))
        {
            diagnostics.Add(new ConfigDiagnostic("flag --waiting-since", Messages.NotTime(TerminalText.Quoted(text))));
        }

        return time;
    }

    /// <returns>Milliseconds from the start to the start of the agent on the machines of a round.</returns>
    /// <param name="round">From 1.</param>
    public long AgentStartMs(int round) => (long)(BusyTime + (RoundInterval * (round - 1)) + MachineStart).TotalMilliseconds;
}
