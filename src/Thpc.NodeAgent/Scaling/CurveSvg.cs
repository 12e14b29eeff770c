using System.Globalization;
using System.Text;
using Thpc.NodeAgent.Reporting.Timeline;

namespace Thpc.NodeAgent.Scaling;

/// <param name="Value">The level, in nodes.</param>
internal sealed record CurveLine(string Label, int Value, string Colour);

/// <summary>The number of nodes over the rounds.</summary>
/// <param name="Start">Nodes before the first round.</param>
/// <param name="Totals">Nodes after each round.</param>
/// <param name="Lines">Horizontal lines for comparison.</param>
internal sealed record Curve(string Title, string Subtitle, int Start, IReadOnlyList<int> Totals, IReadOnlyList<CurveLine> Lines);

/// <summary>Draws a curve as an SVG picture without scripts, fonts and external references.</summary>
internal static class CurveSvg
{
    private const double Width = 760;
    private const double Height = 440;
    private const double Left = 64;
    private const double Right = 170;
    private const double Top = 84;
    private const double Bottom = 60;
    private const double LabelHeight = 16;

    // More labels than this would overlap.
    private const int MaxPointLabels = 16;
    private const int MaxTicks = 12;

    public static string Write(Curve curve)
    {
        int[] points = [curve.Start, .. curve.Totals];
        var rounds = curve.Totals.Count;
        double X(long round) => Left + (round * (Width - Left - Right) / Math.Max(1, rounds));
        List<TimeTick> ticks = [];
        for (var round = 0; round <= rounds; round += NiceStep(Math.Max(1, rounds), MaxTicks))
        {
            ticks.Add(new TimeTick(round, round.ToString(CultureInfo.InvariantCulture)));
        }

        var svg = new StringBuilder();
        var top = Frame(svg, curve, "round", points.Max(), ticks, X);
        double Y(int nodes) => Height - Bottom - (nodes * (Height - Top - Bottom) / top);
        string Point(int nodes, int round) => string.Create(CultureInfo.InvariantCulture, $"{X(round):0.#},{Y(nodes):0.#}");
        svg.Append("<polyline fill=\"none\" stroke=\"#0969da\" stroke-width=\"2.5\" points=\"")
            .AppendJoin(' ', points.Select(Point)).Append("\"/>\n");
        for (var round = 0; round <= rounds; round++)
        {
            svg.Append(CultureInfo.InvariantCulture,
                $"<circle cx=\"{X(round):0.#}\" cy=\"{Y(points[round]):0.#}\" r=\"{(rounds > 60 ? 1.5 : 3.5):0.#}\" fill=\"#0969da\"/>\n");
            if (round > 0 && (rounds <= MaxPointLabels || round == rounds))
            {
                // The curve never falls, so the space to the lower right of a point is free. The last label is at the upper left, because
                // the names of the levels are on the right.
                var (x, y, anchor) = round == rounds
                    ? (X(round) - 4, Y(points[round]) - 8, "end")
                    : (X(round) + 4, Y(points[round]) + 16, "start");
                svg.Append(CultureInfo.InvariantCulture,
                    $"<text x=\"{x:0.#}\" y=\"{y:0.#}\" text-anchor=\"{anchor}\" "
                        + $"font-weight=\"bold\">+{points[round] - points[round - 1]}</text>\n");
            }
        }

        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>Draws time to the right: a line for the middle of the predictions, a band between their limits.</summary>
    /// <param name="curve">Without totals.</param>
    /// <param name="ready">For each node after those of the start, milliseconds until it is ready.</param>
    public static string Write(Curve curve, Estimate[] ready)
    {
        // Later limits, and those of nodes that may never come, end at the right.
        var end = 1L;
        foreach (var node in ready)
        {
            end = Math.Max(end, node.High != ArrivalForecast.Never ? node.High : node.Middle != ArrivalForecast.Never ? node.Middle : 1);
        }

        double X(long ms) => Left + (Math.Min(ms, end) * (Width - Left - Right) / end);
        var svg = new StringBuilder();
        var ticks = TimeAxis.Ticks(end, MaxTicks / 2);
        var top = Frame(svg, curve, "since the job began to wait", curve.Start + ready.Length, ticks, X);
        double Y(int nodes) => Height - Bottom - (nodes * (Height - Top - Bottom) / top);
        List<string> low = [], middle = [], high = [];
        void Add(List<string> line, long ms, int nodes)
        {
            if (ms != ArrivalForecast.Never)
            {
                line.Add(string.Create(CultureInfo.InvariantCulture, $"{X(ms):0.#},{Y(nodes - 1):0.#} {X(ms):0.#},{Y(nodes):0.#}"));
            }
        }

        for (var i = 0; i < ready.Length; i++)
        {
            var nodes = curve.Start + i + 1;
            Add(low, ready[i].Low, nodes);
            Add(middle, ready[i].Middle, nodes);
            Add(high, ready[i].Low == ArrivalForecast.Never ? ready[i].Low : Math.Min(ready[i].High, end), nodes);
        }

        for (var i = high.Count; i-- > 0;)
        {
            var corners = high[i].Split(' ');
            low.Add($"{corners[1]} {corners[0]}");
        }

        svg.Append("<polygon fill=\"#b6d7ff\" points=\"").AppendJoin(' ', low).Append("\"/>\n");
        svg.Append("<polyline fill=\"none\" stroke=\"#0969da\" stroke-width=\"2.5\" points=\"").AppendJoin(' ', middle)
            .Append("\"/>\n");
        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>Draws everything but the curve.</summary>
    /// <returns>The number of nodes at the top.</returns>
    private static int Frame(
        StringBuilder svg, Curve curve, string axis, int max, IReadOnlyList<TimeTick> ticks, Func<long, double> x)
    {
        foreach (var line in curve.Lines)
        {
            max = Math.Max(max, line.Value);
        }

        var step = NiceStep(Math.Max(1, max), 6);
        var top = (int)Math.Ceiling(Math.Max(1, max) / (double)step) * step;
        double Y(int nodes) => Height - Bottom - (nodes * (Height - Top - Bottom) / top);
        svg.Append(CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" width=\"{Width}\" height=\"{Height}\" "
                + $"role=\"img\" font-family=\"sans-serif\" font-size=\"12\" fill=\"#24292f\">\n");
        svg.Append(CultureInfo.InvariantCulture,
            $"<title>{Escape(curve.Title)}</title>\n<desc>{Escape(curve.Subtitle)}</desc>\n<rect width=\"{Width}\" height=\"{Height}\" "
                + $"fill=\"#ffffff\"/>\n");
        svg.Append(CultureInfo.InvariantCulture,
            $"<text x=\"{Left}\" y=\"30\" font-size=\"18\" font-weight=\"bold\">{Escape(curve.Title)}</text>\n<text x=\"{Left}\" "
                + $"y=\"52\" fill=\"#57606a\">{Escape(curve.Subtitle)}</text>\n");
        for (var nodes = 0; nodes <= top; nodes += step)
        {
            svg.Append(CultureInfo.InvariantCulture,
                $"<line x1=\"{Left}\" y1=\"{Y(nodes):0.#}\" x2=\"{Width - Right}\" y2=\"{Y(nodes):0.#}\" stroke=\"#d0d7de\"/>\n<text "
                    + $"x=\"{Left - 8}\" y=\"{Y(nodes) + 4:0.#}\" text-anchor=\"end\">{nodes}</text>\n");
        }

        foreach (var tick in ticks)
        {
            svg.Append(
                CultureInfo.InvariantCulture,
                $"<text x=\"{x(tick.AtMs):0.#}\" y=\"{Height - Bottom + 20}\" text-anchor=\"middle\">{tick.Label}</text>\n");
        }

        svg.Append(CultureInfo.InvariantCulture,
            $"<text x=\"{(Left + Width - Right) / 2:0.#}\" y=\"{Height - 16}\" text-anchor=\"middle\" "
                + $"fill=\"#57606a\">{Escape(axis)}</text>\n<text x=\"{Left - 8}\" y=\"{Top - 14}\" text-anchor=\"end\" "
                + $"fill=\"#57606a\">nodes</text>\n");
        Levels(svg, curve.Lines, Y);
        return top;
    }

    /// <summary>Draws dashed lines with their names on the right; names of lines close to each other are moved apart.</summary>
    private static void Levels(StringBuilder svg, IReadOnlyList<CurveLine> lines, Func<int, double> y)
    {
        var below = double.NegativeInfinity;
        int? level = null;
        foreach (var line in lines.OrderByDescending(line => line.Value))
        {
            var at = y(line.Value);
            if (line.Value != level)
            {
                level = line.Value;
                svg.Append(CultureInfo.InvariantCulture,
                    $"<line x1=\"{Left}\" y1=\"{at:0.#}\" x2=\"{Width - Right}\" y2=\"{at:0.#}\" stroke=\"{line.Colour}\" "
                        + $"stroke-width=\"1.5\" stroke-dasharray=\"6 4\"/>\n");
            }

            below = Math.Max(at + 4, below + LabelHeight);
            svg.Append(
                CultureInfo.InvariantCulture,
                $"<text x=\"{Width - Right + 8}\" y=\"{below:0.#}\" fill=\"{line.Colour}\">{Escape(line.Label)}</text>\n");
        }
    }

    /// <summary>Returns the smallest step of 1, 2 or 5 times a power of ten that gives at most <paramref name="max"/> ticks.</summary>
    private static int NiceStep(int range, int max)
    {
        for (var power = 1; ; power *= 10)
        {
            foreach (var step in (int[])[power, 2 * power, 5 * power])
            {
                if (range <= (long)step * max)
                {
                    return step;
                }
            }
        }
    }

    private static string Escape(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal)
            .Replace(">", "&gt;", StringComparison.Ordinal);
}
