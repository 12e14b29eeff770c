using System.Globalization;
using System.Text;

namespace Thpc.NodeAgent.Reporting.Fleet;

/// <summary>A fleet for a terminal or a log: what is long is cut short, and says so.</summary>
internal static class FleetText
{
    private const int MostNodes = 5;
    private const int MostRows = 12;

    public static string Write(FleetSummary fleet, Language language)
    {
        var text = new StringBuilder();
        if (fleet.Runs.Count > 0)
        {
            text.Append(FleetWords.From(fleet)).Append('\n');
            foreach (var (outcome, nodes) in fleet.Outcomes.Where(outcome => outcome.Nodes > 0))
            {
                text.Append(CultureInfo.InvariantCulture, $"  {SummaryText.Word(outcome),-12} {FleetWords.Count(nodes),8}  {FleetWords.Share(nodes, fleet.Runs.Count),7}\n");
            }
        }

        Times(text, fleet);
        List(text, "failures", fleet.Failures, failure => Failure(failure, language));
        List(text, "scripts that differ", fleet.Scripts, Script);
        List(text, "unreadable", fleet.Unreadable, file => $"  {FleetWords.Node(file.File)}: {ShownText.Shorten(file.Problem, 120)}\n");
        Slowest(text, fleet);
        return text.ToString();
    }

    private static void Times(StringBuilder text, FleetSummary fleet)
    {
        if (fleet.Whole is null)
        {
            return;
        }

        text.Append(CultureInfo.InvariantCulture, $"\n  {"",-12} {"nodes",8}  {"p50",12}  {"p95",12}  {"max",12}\n");
        foreach (var time in fleet.Stages.Take(MostRows).Append(fleet.Whole))
        {
            text.Append(CultureInfo.InvariantCulture, $"  {ShownText.Fill(time.Name, 12)} {FleetWords.Count(time.Nodes),8}  {FleetWords.Duration(time.P50),12}  {FleetWords.Duration(time.P95),12}  {FleetWords.Duration(time.Max),12}\n");
        }

        More(text, fleet.Stages.Count);
    }

    private static string Failure(FailureGroup failure, Language language) =>
        $"  {ShownText.Shorten(failure.Code, 40)}  {FleetWords.Nodes(failure.Nodes.Count)}: {FleetWords.Some(failure.Nodes, MostNodes)}\n"
        + string.Concat(ShownText.Wrap(failure.Sample.Message, 140, 3).Select(line => $"    {line}\n"))
        + $"    → {ShownText.Shorten(failure.Sample.Advice.In(language), 200)}\n";

    private static string Script(DifferingScript script) =>
        $"  {ShownText.Shorten(script.Script, 120)}: {FleetWords.Nodes(script.Contents[0].Nodes.Count)} have {Sha(script.Contents[0])}\n"
        + string.Concat(script.Contents.Skip(1).Take(MostNodes).Select(content => $"    {Sha(content)}  {FleetWords.Nodes(content.Nodes.Count)}: {FleetWords.Some(content.Nodes, MostNodes)}\n"))
        + (script.Contents.Count > MostNodes + 1 ? $"    and {FleetWords.Count(script.Contents.Count - MostNodes - 1)} more\n" : "");

    private static string Sha(ScriptContent content) => ShownText.Shorten(content.Sha256, 64);

    private static void Slowest(StringBuilder text, FleetSummary fleet)
    {
        if (fleet.Whole is not { Nodes: > 1 } whole)
        {
            return;
        }

        text.Append("\nslowest\n");
        foreach (var slow in fleet.Slowest)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {FleetWords.Node(slow.Run.Node)}  {FleetWords.Duration(slow.Run.DurationMs)}  {FleetWords.Times(slow.Run.DurationMs, whole)}\n    {FleetWords.Why(slow)}\n");
        }
    }

    private static void List<T>(StringBuilder text, string title, IReadOnlyList<T> items, Func<T, string> write)
    {
        if (items.Count > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{title}\n").AppendJoin("", items.Take(MostRows).Select(write));
            More(text, items.Count);
        }
    }

    private static void More(StringBuilder text, int count)
    {
        if (count > MostRows)
        {
            text.Append(CultureInfo.InvariantCulture, $"  and {FleetWords.Count(count - MostRows)} more\n");
        }
    }
}
