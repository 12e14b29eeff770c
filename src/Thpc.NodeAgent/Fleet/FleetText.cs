using System.Globalization;
using System.Text;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Fleet;

/// <summary>Formats a fleet for a terminal or a log. Long lists are cut, with the number of items left out.</summary>
internal static class FleetText
{
    private const int MaxNodes = 5;
    private const int MaxRows = 12;

    public static string Write(FleetSummary fleet, Language language)
    {
        var text = new StringBuilder();
        if (fleet.Runs.Count > 0)
        {
            text.Append(FleetSentences.From(fleet)).Append('\n');
            foreach (var (outcome, nodes) in fleet.Outcomes.Where(outcome => outcome.Nodes > 0))
            {
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"  {SummaryText.Word(outcome),-12} {FleetSentences.Count(nodes),8} "
                        + $" {FleetSentences.Share(nodes, fleet.Runs.Count),7}\n");
            }
        }

        Times(text, fleet);
        List(text, "failures", fleet.Failures, failure => Failure(failure, language));
        List(text, "scripts that differ", fleet.Scripts, Script);
        List(text, "unreadable", fleet.Unreadable,
            file => $"  {FleetSentences.Node(file.File)}: {TerminalText.Shorten(file.Problem, 120)}\n");
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
        foreach (var time in fleet.Stages.Take(MaxRows).Append(fleet.Whole))
        {
            var durations = string.Concat(((long[])[time.P50, time.P95, time.Max]).Select(ms => $"  {FleetSentences.Duration(ms),12}"));
            text.Append(
                CultureInfo.InvariantCulture,
                $"  {TerminalText.Fill(time.Name, 12)} {FleetSentences.Count(time.Nodes),8}{durations}\n");
        }

        More(text, fleet.Stages.Count);
    }

    private static string Failure(FailureGroup failure, Language language) =>
        $"  {TerminalText.Shorten(failure.Code, 40)}  {FleetSentences.Nodes(failure.Nodes.Count)}: "
            + $"{FleetSentences.Some(failure.Nodes, MaxNodes)}\n"
        + string.Concat(TerminalText.Wrap(failure.Sample.Message, 140, 3).Select(line => $"    {line}\n"))
        + $"    → {TerminalText.Shorten(failure.Sample.Advice.In(language), 200)}\n";

    private static string Script(DifferingScript script) =>
        $"  {TerminalText.Shorten(script.Script, 120)}: {FleetSentences.Nodes(script.Contents[0].Nodes.Count)} "
            + $"have {Sha(script.Contents[0])}\n"
        + string.Concat(script.Contents.Skip(1)
            .Take(MaxNodes)
            .Select(content =>
                $"    {Sha(content)}  {FleetSentences.Nodes(content.Nodes.Count)}: {FleetSentences.Some(content.Nodes, MaxNodes)}\n"))
        + (script.Contents.Count > MaxNodes + 1 ? $"    and {FleetSentences.Count(script.Contents.Count - MaxNodes - 1)} more\n" : "");

    private static string Sha(ScriptContent content) => TerminalText.Shorten(content.Sha256, 64);

    private static void Slowest(StringBuilder text, FleetSummary fleet)
    {
        if (fleet.Whole is not { Nodes: > 1 } whole)
        {
            return;
        }

        text.Append("\nslowest\n");
        foreach (var slow in fleet.Slowest)
        {
            var duration = $"{FleetSentences.Duration(slow.Run.DurationMs)}  {FleetSentences.Times(slow.Run.DurationMs, whole)}";
            text.Append(
                CultureInfo.InvariantCulture,
                $"  {FleetSentences.Node(slow.Run.Node)}  {duration}\n    {FleetSentences.Why(slow)}\n");
        }
    }

    private static void List<T>(StringBuilder text, string title, IReadOnlyList<T> items, Func<T, string> write)
    {
        if (items.Count > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{title}\n").AppendJoin("", items.Take(MaxRows).Select(write));
            More(text, items.Count);
        }
    }

    private static void More(StringBuilder text, int count)
    {
        if (count > MaxRows)
        {
            text.Append(CultureInfo.InvariantCulture, $"  and {FleetSentences.Count(count - MaxRows)} more\n");
        }
    }
}
