using System.Text;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Reporting;

/// <summary>
/// What the machine's console shows of a failed run: cause, remedy, node and time. In English and ASCII, because most consoles of clouds
/// have no other letters.
/// </summary>
internal static class ConsoleText
{
    private const int MaxColumns = 200;

    /// <returns>At most three lines.</returns>
    /// <param name="zone">The time zone of the node's clock.</param>
    public static IEnumerable<string> Lines(Report report, TimeZoneInfo zone)
    {
        var headline = new RunHeadline(report, alive: false, report.StartedAt, zone, Language.English);
        return headline.Brief.Select(line => Ascii($"thpc-node-agent: {line}"));
    }

    private static string Ascii(string line)
    {
        var text = Encoding.ASCII.GetString(Encoding.ASCII.GetBytes(AsciiText.From(TerminalText.OneLine(line))));
        return text.Length > MaxColumns ? text[..(MaxColumns - 3)] + "..." : text;
    }
}
