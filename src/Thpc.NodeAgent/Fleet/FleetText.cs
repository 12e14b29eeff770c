using System.Globalization;
using System.Text;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Fleet;

/// <summary>
/// Formats a fleet for a terminal or a log. Long lists are cut, with the number of items left out, unless whole lists are asked for.
/// </summary>
internal sealed class FleetText
{
    private readonly StringBuilder _text = new();
    private readonly bool _all;
    private readonly int _maxRows;
    private readonly int _maxContents;

    private FleetText(bool all) => (_all, _maxRows, _maxContents) = (all, all ? int.MaxValue : 12, all ? int.MaxValue : 6);

    /// <param name="all">Whether to print whole lists.</param>
    public static string Write(FleetSummary fleet, Language language, bool all = false) => new FleetText(all).Draw(fleet, language);

    private string Draw(FleetSummary fleet, Language language)
    {
        var text = _text;
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

        Times(fleet);
        List("failures", fleet.Failures, failure => Failure(failure, language));
        List("scripts that differ", fleet.Scripts, Script);
        List("warnings", fleet.Warnings, Warning);
        List("agents of different versions", fleet.HasDifferentAgents ? fleet.Agents : [],
            agent => $"  {TerminalText.Shorten(agent.Text, 40)}  {Nodes(agent.Nodes)}\n");
        List("host names with several reports", fleet.SharedNames,
            same => $"  {FleetSentences.Node(same.Text)}: {FleetSentences.Ids(same)}\n");
        List("unreadable", fleet.Unreadable,
            file => $"  {FleetSentences.Node(file.File)}: {TerminalText.Shorten(file.Problem, 120)}\n");
        Slowest(fleet);
        return text.ToString();
    }

    private void Times(FleetSummary fleet)
    {
        var text = _text;
        if (fleet.Whole is null)
        {
            return;
        }

        text.Append(CultureInfo.InvariantCulture, $"\n  {"",-12} {"nodes",8}  {"p50",12}  {"p95",12}  {"max",12}\n");
        foreach (var time in fleet.Stages.Take(_maxRows).Append(fleet.Whole))
        {
            Times(time);
        }

        More(fleet.Stages.Count);
        if (fleet.Links.Count > 0)
        {
            text.Append("\n  from power-on, besides the stages\n");
            foreach (var link in fleet.Links)
            {
                Times(link);
            }
        }
    }

    private void Times(DurationDistribution time)
    {
        var durations = string.Concat(((long[])[time.P50, time.P95, time.Max]).Select(ms => $"  {FleetSentences.Duration(ms),12}"));
        _text.Append(
            CultureInfo.InvariantCulture, $"  {TerminalText.Fill(time.Name, 12)} {FleetSentences.Count(time.Nodes),8}{durations}\n");
    }

    private string Failure(FailureGroup failure, Language language) =>
        $"  {TerminalText.Shorten(failure.Code, 40)}  {Nodes(failure.Nodes)}\n"
        + string.Concat(TerminalText.Wrap(failure.Sample.Message, 140, 3).Select(line => $"    {line}\n"))
        + $"    → {TerminalText.Shorten(failure.Sample.Advice.In(language), 200)}\n";

    private string Warning(NodeGroup warning) =>
        string.Concat(TerminalText.Wrap(warning.Text, 140, 3).Select((line, i) => $"{(i == 0 ? "  " : "    ")}{line}\n"))
        + $"    {Nodes(warning.Nodes)}\n";

    /// <summary>The number of nodes and their names.</summary>
    private string Nodes(IReadOnlyList<NodeRun> nodes)
    {
        var (some, more) = _all ? (FleetSentences.List(nodes), 0) : FleetSentences.Some(nodes);
        return $"{FleetSentences.Nodes(nodes.Count)}: {some}{(more > 0 ? Left(more) : "")}";
    }

    private string Script(DifferingScript script) =>
        $"  {TerminalText.Shorten(script.Script, 120)}: {FleetSentences.Nodes(script.Contents[0].Nodes.Count)} "
            + $"have {Sha(script.Contents[0])}\n"
        + string.Concat(script.Contents.Skip(1)
            .Take(_maxContents - 1)
            .Select(content => $"    {Sha(content)}  {Nodes(content.Nodes)}\n"))
        + (script.Contents.Count > _maxContents ? $"   {Left(script.Contents.Count - _maxContents)}\n" : "");

    private static string Sha(ScriptContent content) => TerminalText.Shorten(content.Sha256, 64);

    private void Slowest(FleetSummary fleet)
    {
        if (fleet.Whole is not { Nodes: > 1 } whole)
        {
            return;
        }

        _text.Append("\nslowest\n");
        foreach (var slow in fleet.Slowest)
        {
            var duration = $"{FleetSentences.Duration(slow.Run.DurationMs)}  {FleetSentences.Times(slow.Run.DurationMs, whole)}";
            _text.Append(
                CultureInfo.InvariantCulture,
                $"  {FleetSentences.Whole(slow.Run)}  {duration}\n    {FleetSentences.Why(slow)}\n");
        }
    }

    private void List<T>(string title, IReadOnlyList<T> items, Func<T, string> write)
    {
        if (items.Count > 0)
        {
            _text.Append(CultureInfo.InvariantCulture, $"\n{title}\n").AppendJoin("", items.Take(_maxRows).Select(write));
            More(items.Count);
        }
    }

    private void More(int count)
    {
        if (count > _maxRows)
        {
            _text.Append(' ').Append(Left(count - _maxRows)).Append('\n');
        }
    }

    private static string Left(int count) => $" and {FleetSentences.Count(count)} more (--all)";
}
