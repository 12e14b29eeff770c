using System.Globalization;
using System.Text;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Fleet;

/// <summary>Formats what differs between a node and its siblings, the most surprising first.</summary>
internal static class NodeComparisonText
{
    private const int MaxNotes = 3;

    public static string Write(NodeComparison comparison)
    {
        var report = comparison.Node.Report;
        var siblings = Siblings(comparison.Siblings);
        var text = new StringBuilder(
            $"{FleetSentences.Whole(comparison.Node)}: {Cut(report.NodeRole, 20)} of {Cut(report.ClusterId, 40)}, {siblings}\n");
        if (comparison.Siblings < NodeComparison.MinSiblings)
        {
            text.Append(CultureInfo.InvariantCulture, $"{siblings}: too few to compare; {NodeComparison.MinSiblings} are needed\n");
        }
        else if (comparison.Differences.Count == 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"nothing stands out among {siblings}\n");
        }

        for (var i = 0; i < comparison.Differences.Count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{i + 1,3}. {Sentence(comparison.Differences[i])}\n");
            if (comparison.Differences[i] is TimeDifference { Notes: var notes })
            {
                text.AppendJoin("", notes.TakeLast(MaxNotes).Select(note => $"     note: {Cut(note.Text, 130)}\n"));
            }
        }

        return text.ToString();
    }

    private static string Sentence(NodeDifference difference) => difference switch
    {
        ValueDifference value when value.Feature.StartsWith(NodeFeatures.Warning, StringComparison.Ordinal) =>
            $"{Cut(value.Feature, 200)}; {Share(value.Same, value.Compared)} have it",
        ValueDifference value =>
            $"{Cut(value.Feature, 100)}: {Cut(value.Value, 100)}\n"
            + $"     {Share(value.UsualCount, value.Compared)} have {Cut(value.Usual, 100)}",
        TimeDifference time =>
            $"{Cut(time.Feature, 100)}: {FleetSentences.Duration(time.Ms)}\n     {Siblings(time.Compared)}: "
            + $"p50 {FleetSentences.Duration(time.Siblings.P50)}, p95 {FleetSentences.Duration(time.Siblings.P95)}, "
            + $"max {FleetSentences.Duration(time.Siblings.Max)}",
        _ => difference.Feature,
    };

    private static string Siblings(int count) => count == 1 ? "1 sibling" : $"{FleetSentences.Count(count)} siblings";

    private static string Share(int count, int all) => $"{FleetSentences.Count(count)} of {Siblings(all)}";

    private static string Cut(string text, int columns) => TerminalText.Shorten(text, columns);
}
