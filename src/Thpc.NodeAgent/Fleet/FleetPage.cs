using System.Globalization;
using System.Text;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Reporting.Svg;
using Thpc.NodeAgent.Reporting.Timeline;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Fleet;

/// <summary>
/// Writes a fleet as one HTML page without scripts and external references, to be mailed or stored beside the reports. It has about the
/// same size for ten nodes and for ten thousand. Text from reports is always escaped.
/// </summary>
internal sealed class FleetPage
{
    private const int MaxContents = 9;
    private const int MaxItems = 20;
    private const int MaxLanes = 14;

    private readonly FleetSummary _fleet;
    private readonly StringBuilder _html = new();
    private readonly Language _language;

    private FleetPage(FleetSummary fleet, Language language) => (_fleet, _language) = (fleet, language);

    /// <param name="source">The directory of the reports.</param>
    /// <param name="language">The language of hints.</param>
    public static string Write(FleetSummary fleet, string source, DateTimeOffset now, Language language) =>
        new FleetPage(fleet, language).Draw(source, now);

    private string Draw(string source, DateTimeOffset now)
    {
        if (_fleet.Runs.Count == 0)
        {
            _html.Append("<section><p>There are no reports.</p></section>\n");
        }
        else
        {
            Outcomes();
        }

        List("Failures", "By error code, with its share of all failures. Messages are from the first node.", _fleet.Failures, Failure);
        List("Scripts that differ", "Nodes that fetched different content than most nodes.", _fleet.Scripts, Script);
        List("Warnings", "Grouped by text, without run ids and times.", _fleet.Warnings,
            warning => $"<p>{Isolated(warning.Text, 600)}</p>{Nodes(warning.Nodes)}");
        List("Agents of different versions", "", _fleet.HasDifferentAgents ? _fleet.Agents : [],
            agent => $"<h3>{Isolated(agent.Text, 40)}</h3>{Nodes(agent.Nodes)}");
        List("Host names with several reports", "As after a node was replaced by another of the same name.", _fleet.SharedNames,
            same => $"<p>{Isolated(same.Text, 60)}: {Isolated(FleetSentences.Ids(same), 400)}</p>");
        List("Reports that could not be read", "", _fleet.Unreadable,
            file => $"<p>{Isolated(file.File, 80)}: {Isolated(file.Problem, 160)}</p>");
        Times();
        if (_fleet.Whole is { } whole)
        {
            List(
                "Slowest nodes",
                "Stages and steps at their real times. A mark is a retry or another note.",
                _fleet.Slowest,
                slow => Slow(slow, whole));
        }

        var title = _fleet.Clusters.Count == 1 && _fleet.Clusters[0].Cluster.Length > 0
            ? $"Fleet of {Isolated(_fleet.Clusters[0].Cluster, 60)}"
            : "Fleet";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Fleet: {FleetSentences.Nodes(_fleet.Runs.Count)}</title>
            <style>
            {FleetStyle.Sheet}
            </style>
            </head>
            <body>
            <main>
            <h1>{title}</h1>
            <p class="muted">{(_fleet.Runs.Count == 0 ? "" : Escape(FleetSentences.From(_fleet)))}</p>
            {_html}<footer>
            Read from {Isolated(source, 200)} at {now.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC by thpc-node-agent {AgentVersion.Text}.
            </footer>
            </main>
            </body>
            </html>

            """);
    }

    private void Outcomes()
    {
        _html.Append("<section><h2>Outcomes</h2>").Append(FleetCharts.Outcomes(_fleet)).Append("<ul class=\"legend\">");
        foreach (var (outcome, nodes) in _fleet.Outcomes.Where(outcome => outcome.Nodes > 0))
        {
            _html.Append(
                CultureInfo.InvariantCulture,
                $"<li><i class=\"dot {FleetCharts.ClassOf(outcome)}\"></i>{SummaryText.Word(outcome)} "
                    + $"<b>{FleetSentences.Count(nodes)}</b> <span "
                    + $"class=\"muted\">{FleetSentences.Share(nodes, _fleet.Runs.Count)}</span></li>");
        }

        _html.Append("</ul></section>\n");
    }

    private void Times()
    {
        if (_fleet.Whole is { } whole)
        {
            const string Explanation =
                "Nodes by duration; heights are square roots of counts. The solid line is p50, the dashed line p95; "
                + "longer durations have another colour.";
            static string Time(string name, long milliseconds) =>
                $"<span class=\"light\">{name} <b>{FleetSentences.Duration(milliseconds)}</b></span>";
            List("Times", Explanation, [whole, .. _fleet.Stages, .. _fleet.Links], durations =>
                $"<h3>{Isolated(durations.Name, 40)}<span class=\"muted light\">{FleetSentences.Nodes(durations.Nodes)}</span>"
                + $"{Time("p50", durations.P50)}{Time("p95", durations.P95)}{Time("max", durations.Max)}</h3>"
                + FleetCharts.Distribution(durations));
        }
    }

    private string Failure(FailureGroup failure) =>
        $"<h3><code class=\"red\">{Isolated(failure.Code, 40)}</code><span "
            + $"class=\"light\">{FleetSentences.Nodes(failure.Nodes.Count)}</span></h3>"
            + $"{FleetCharts.Share(failure.Nodes.Count, _fleet.Failures.Sum(other => other.Nodes.Count))}"
        + $"<p>{Isolated(failure.Sample.Message.ReplaceLineEndings(" / "), 600)}</p><p>→ "
        + $"{Isolated(failure.Sample.Advice.In(_language), 300)}</p>{Nodes(failure.Nodes)}";

    private static string Script(DifferingScript script) =>
        $"<h3>{Isolated(script.Script, 200)}</h3><p class=\"muted\">{FleetSentences.Nodes(script.Contents[0].Nodes.Count)} have "
            + $"<code>{Isolated(script.Contents[0].Sha256, 64)}</code></p>"
        + string.Concat(script.Contents.Skip(1)
            .Take(MaxContents - 1)
            .Select(content => $"<p><code class=\"red\">{Isolated(content.Sha256, 64)}</code></p>{Nodes(content.Nodes)}"))
        + (script.Contents.Count > MaxContents
            ? $"<p class=\"muted\">and {FleetSentences.Count(script.Contents.Count - MaxContents)} more</p>"
            : "");

    private static string Slow(SlowNode slow, DurationDistribution whole)
    {
        var timeline = RunTimeline.From(slow.Run.Report, alive: false, default);
        var html = new StringBuilder(
            $"<h3>{Isolated(FleetSentences.Whole(slow.Run), 200)}<span>{FleetSentences.Duration(slow.Run.DurationMs)}</span>"
                + $"<span class=\"muted "
                + $"light\">{FleetSentences.Times(slow.Run.DurationMs, whole)}</span>");
        html.Append(slow.Run.Report.Outcome == RunOutcome.Succeeded
            ? "" : $"<span class=\"red\">{SummaryText.Word(slow.Run.Report.Outcome)}</span>")
            .Append($"</h3><p>{Isolated(FleetSentences.Why(slow), 400)}</p>");

        // If there are many rows, show all stages and the longest steps, in their order.
        var shown = timeline.Rows.Where(row => row.HasBar)
            .OrderByDescending(row => row.IsStage)
            .ThenByDescending(row => row.ToMs - row.FromMs)
            .Take(MaxLanes)
            .ToHashSet(ReferenceEqualityComparer.Instance);
        html.Append("<div class=\"rows\">");
        foreach (var row in timeline.Rows.Where(shown.Contains))
        {
            html.Append(
                CultureInfo.InvariantCulture,
                $"<span class=\"name{(row.IsStage ? "" : " step")}\">{(row.IsStage ? "<b>" : "")}"
                    + $"{Isolated(row.Name, 120)}{(row.IsStage ? "</b>" : "")}</span><span "
                    + $"class=\"time{(row.State is BarState.Failed or BarState.Killed ? " red" : "")}\">"
                    + $"{row.Time}</span>{FleetCharts.Lane(row, timeline.TotalMs)}");
        }

        var hidden = timeline.Rows.Count(row => row.HasBar) - shown.Count;
        return html.Append(
            $"<span class=\"name muted\">{(hidden > 0 ? $"and {FleetSentences.Count(hidden)} more" : "")}</span><span "
                + $"class=\"time\"></span>{FleetCharts.Axis(timeline.TotalMs)}</div>").ToString();
    }

    private void List<T>(string title, string words, IReadOnlyList<T> items, Func<T, string> write)
    {
        if (items.Count == 0)
        {
            return;
        }

        _html.Append(CultureInfo.InvariantCulture, $"<section><h2>{title}</h2><p class=\"muted\">{words}</p>\n");
        foreach (var item in items.Take(MaxItems))
        {
            _html.Append("<article>").Append(write(item)).Append("</article>\n");
        }

        if (items.Count > MaxItems)
        {
            _html.Append(CultureInfo.InvariantCulture, $"<details><summary>{FleetSentences.Count(items.Count - MaxItems)} more</summary>");
            foreach (var item in items.Skip(MaxItems))
            {
                _html.Append("<article>").Append(write(item)).Append("</article>\n");
            }

            _html.Append("</details>");
        }

        _html.Append("</section>\n");
    }

    /// <summary>The number of nodes and their names; a long list is folded.</summary>
    private static string Nodes(IReadOnlyList<NodeRun> nodes)
    {
        var (some, more) = FleetSentences.Some(nodes);
        var first = $"{FleetSentences.Nodes(nodes.Count)}: {Isolated(some, int.MaxValue)}";
        return more == 0
            ? $"<p class=\"muted\">{first}</p>"
            : $"<details><summary class=\"muted\">{first} and {FleetSentences.Count(more)} more</summary>"
                + $"<p class=\"muted\">{Isolated(FleetSentences.List(nodes), int.MaxValue)}</p></details>";
    }

    /// <summary>Escapes and shortens text, and isolates its direction so that it cannot reorder the text beside it.</summary>
    private static string Isolated(string text, int columns) => $"<bdi dir=\"ltr\">{Escape(TerminalText.Shorten(text, columns))}</bdi>";

    private static string Escape(string text) => SvgElements.Escape(text);
}
