using System.Globalization;
using System.Text;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Reporting.Timeline;

namespace Thpc.NodeAgent.Fleet;

/// <summary>
/// The charts of the fleet page, as inline SVG. Horizontal positions are percentages, so that charts fill the width while text keeps its
/// size. Colours come from the page's style sheet. No element has an id, so that charts cannot conflict.
/// </summary>
internal static class FleetCharts
{
    private const int Bins = 80;
    private const int Plot = 56;
    private const int MaxTicks = 5;

    public static string Outcomes(FleetSummary fleet)
    {
        var svg = new StringBuilder();
        var from = 0.0;
        foreach (var (outcome, nodes) in fleet.Outcomes.Where(outcome => outcome.Nodes > 0))
        {
            var width = 100.0 * nodes / fleet.Runs.Count;
            svg.Append(
                CultureInfo.InvariantCulture,
                $"<rect class=\"{ClassOf(outcome)}\" x=\"{from:0.###}%\" width=\"{width:0.###}%\" height=\"26\"/>");
            from += width;
        }

        return Picture(26, "How the runs ended", svg.ToString());
    }

    public static string ClassOf(RunOutcome outcome) => outcome switch
    {
        RunOutcome.Succeeded => "good",
        RunOutcome.Failed => "bad",
        RunOutcome.Interrupted => "warn",
        _ => "run",
    };

    /// <summary>A bar for a part of a total.</summary>
    public static string Share(int count, int all) =>
        Picture(8, $"{FleetSentences.Count(count)} of {FleetSentences.Count(all)}",
            string.Create(CultureInfo.InvariantCulture, $"<rect class=\"lane\" width=\"100%\" height=\"8\" rx=\"4\"/><rect class=\"bad\" "
                + $"width=\"{Math.Max(0.5, 100.0 * count / Math.Max(1, all)):0.###}%\" height=\"8\" rx=\"4\"/>"));

    /// <summary>A histogram of durations. Heights are square roots of counts, so that one node is visible beside thousands.</summary>
    public static string Distribution(DurationDistribution durations)
    {
        var counts = durations.Histogram(Bins);
        var max = counts.Max();
        var svg = new StringBuilder();
        for (var i = 0; i < Bins; i++)
        {
            if (counts[i] > 0)
            {
                var height = Math.Max(3, Math.Sqrt((double)counts[i] / max) * (Plot - 4));
                var style = i > durations.P95 * (double)Bins / Math.Max(1, durations.Max) ? "tail" : "bin";
                svg.Append(
                    CultureInfo.InvariantCulture, $"<rect class=\"{style}\" x=\"{100.0 * i / Bins:0.##}%\" y=\"{Plot - height:0.#}\" ");
                svg.Append(CultureInfo.InvariantCulture, $"width=\"{88.0 / Bins:0.##}%\" height=\"{height:0.#}\"/>");
            }
        }

        foreach (var (at, dashed) in ((long, string)[])[(durations.P50, ""), (durations.P95, " dashed")])
        {
            var x = Math.Clamp(100.0 * at / Math.Max(1, durations.Max), 0.2, 99.8);
            svg.Append(
                CultureInfo.InvariantCulture, $"<line class=\"mark{dashed}\" x1=\"{x:0.##}%\" x2=\"{x:0.##}%\" y1=\"0\" y2=\"{Plot}\"/>");
        }

        return Picture(
            Plot + 22,
            $"Times of {FleetSentences.Nodes(durations.Nodes)}",
            svg.Append(Axis(durations.Max, Plot)).ToString());
    }

    /// <summary>The bar of a stage or step within its run, with a mark for each note.</summary>
    public static string Lane(TimelineRow row, long totalMs)
    {
        var height = row.IsStage ? 12 : 9;
        var svg =
            new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"<rect class=\"lane\" width=\"100%\" height=\"{height}\"/>"));
        if (row.HasBar)
        {
            var width = Math.Max(0.4, 100.0 * (row.ToMs - row.FromMs) / totalMs);
            svg.Append(CultureInfo.InvariantCulture,
                $"<rect class=\"{ClassOf(row)}\" x=\"{Math.Min(100.0 * row.FromMs / totalMs, 100 - width):0.##}%\" "
                    + $"width=\"{width:0.##}%\" height=\"{height}\"/>");
            foreach (var note in row.Notes.Take(40))
            {
                var x = Math.Clamp(100.0 * note.AtMs / totalMs, 0.2, 99.8);
                svg.Append(
                    CultureInfo.InvariantCulture, $"<line class=\"mark\" x1=\"{x:0.##}%\" x2=\"{x:0.##}%\" y1=\"0\" y2=\"{height}\"/>");
            }
        }

        return Picture(height, $"{row.StateText}, from {TimeAxis.Duration(row.FromMs)} to {TimeAxis.Duration(row.ToMs)}", svg.ToString());
    }

    /// <summary>The time axis below the lanes.</summary>
    public static string Axis(long totalMs) => Picture(22, "Time since the start of the run", Axis(Math.Max(1, totalMs), 0));

    private static string Axis(long totalMs, int top)
    {
        totalMs = Math.Max(1, totalMs);
        var svg = new StringBuilder(string.Create(
            CultureInfo.InvariantCulture, $"<line class=\"axis\" x1=\"0\" x2=\"100%\" y1=\"{top + 0.5}\" y2=\"{top + 0.5}\"/>"));
        foreach (var tick in TimeAxis.Ticks(totalMs, MaxTicks))
        {
            var x = 100.0 * tick.AtMs / totalMs;
            svg.Append(CultureInfo.InvariantCulture,
                $"<line class=\"axis\" x1=\"{x:0.##}%\" x2=\"{x:0.##}%\" y1=\"{top}\" y2=\"{top + 5}\"/><text x=\"{x:0.##}%\" "
                    + $"y=\"{top + 18}\" text-anchor=\"{(x < 4 ? "start" : x > 90 ? "end" : "middle")}\">{tick.Label}</text>");
        }

        return svg.ToString();
    }

    private static string ClassOf(TimelineRow row) => row.State switch
    {
        BarState.Succeeded => row.IsStage ? "run" : "bin",
        BarState.Failed or BarState.Killed => "bad",
        BarState.FailedAsAllowed => "warn",
        BarState.Running => "run",
        _ => "idle",
    };

    private static string Picture(int height, string title, string content) =>
        string.Create(CultureInfo.InvariantCulture, $"<svg role=\"img\" height=\"{height}\"><title>{title}</title>{content}</svg>\n");
}
