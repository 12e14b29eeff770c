using System.Globalization;
using System.Text.Json;
using System.Xml.Linq;
using Thpc.NodeAgent.Cli;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Fleet;
using Thpc.NodeAgent.Scaling;

namespace Thpc.NodeAgent.Tests.Scaling;

public sealed class ArrivalForecastTests
{
    private static readonly TimeZoneInfo Beijing = TimeZoneInfo.CreateCustomTimeZone("x", TimeSpan.FromHours(8), "x", "x");

    private static readonly ArrivalTiming Timing = new(
        new DateTimeOffset(2026, 11, 30, 6, 0, 0, TimeSpan.Zero), TimeSpan.FromSeconds(120), TimeSpan.FromSeconds(100),
        TimeSpan.FromSeconds(60));

    [Fact]
    public void Equal_times_are_ready_with_their_round()
    {
        var forecast = Forecast(100, Runs(Enumerable.Repeat(5000L, 400)), Queues.Of(ratio: 50, threshold: 20));
        Assert.Equal([50, 25, 13, 12], forecast.Plan.Rounds.Select(round => round.Nodes));
        Assert.All(
            (ValueTuple<int, long>[])[(1, 185_000), (40, 185_000), (60, 285_000), (94, 485_000)],
            expected => Assert.Equal(expected.Item2, forecast.Ready[expected.Item1 - 1].Middle));
    }

    [Fact]
    public void Equal_reports_give_equal_predictions_and_more_nodes_are_later()
    {
        var runs = Runs(Enumerable.Range(0, 60).Select(i => 4000L + (i * i * 7)), failed: 2);
        var (first, second) = (Forecast(50, runs), Forecast(50, runs));
        Assert.Equal(first.Ready, second.Ready);
        Assert.All(
            first.Ready.Zip(first.Ready.Skip(1)),
            pair => Assert.True(pair.First.Low <= pair.Second.Low && pair.First.High <= pair.Second.High));
        Assert.All(first.Ready, ready => Assert.True(ready.Low <= ready.Middle && ready.Middle <= ready.High));
    }

    [Fact]
    public void More_runs_give_closer_limits()
    {
        var values = Enumerable.Range(0, 1000).Select(i => 4000L + (i * 617 % 1000 * 9)).ToList();
        long Width(int count) => Forecast(100, Runs(values.Take(count))).Ready[49] is var ready ? ready.High - ready.Low : 0;
        Assert.True(Width(1000) * 2 < Width(15), $"{Width(1000)} {Width(15)}");
    }

    [Fact]
    public void Failed_runs_lower_the_number_that_comes()
    {
        var forecast = Forecast(100, Runs(Enumerable.Range(0, 80).Select(i => 4000L + i), failed: 20));
        Assert.InRange(forecast.Coming.Middle, 77, 83);
        Assert.InRange(forecast.Coming.High - forecast.Coming.Low, 12, 26);
        Assert.Equal(ArrivalForecast.Never, forecast.Ready[99].Middle);
        Assert.Contains("90 of 100 by never", Text(forecast), StringComparison.Ordinal);
        Assert.Contains("all that come by 14:04", Text(forecast), StringComparison.Ordinal);
        var json = Json(forecast).GetProperty("ready")[1];
        Assert.Equal(JsonValueKind.Null, json.GetProperty("by").ValueKind);
        Assert.Equal(JsonValueKind.Null, json.GetProperty("high_ms").ValueKind);
    }

    [Fact]
    public void Too_few_runs_predict_nothing()
    {
        Assert.NotNull(ArrivalForecast.Create(Plan(5), Runs(Enumerable.Repeat(1L, 10)), Timing));
        var few = Runs(Enumerable.Repeat(1L, 9), failed: 4);
        Assert.Null(ArrivalForecast.Create(Plan(5), few, Timing));
        Assert.Equal(
            "Measured: 13 first runs of compute nodes, 4 failed (3 other reports left out).\n"
            + "No prediction of times: that needs 10 successful first runs.\n",
            ArrivalText.Write(null, few with { LeftOut = 3 }, Beijing));
    }

    [Fact]
    public void Text_has_times_of_the_zone_and_names_what_is_assumed()
    {
        var runs = Runs(Enumerable.Range(1, 1000).Select(i => 5000L + (i * 10)));
        var text = ArrivalText.Write(Forecast(100, runs, Queues.Of(ratio: 50, threshold: 20)), runs, Beijing);
        Assert.StartsWith(
            "50 of 100 by 14:04 (14:03–14:04), 90 of 100 by 14:09 (14:08–14:09), all by 14:09 (14:08–14:09).\n"
            + "If the job begins to wait at 14:00, UTC+08:00.\n\n"
            + "ready           after  in 90 of 100 cases\n50 of 100  3 min 14 s  3 min 14 s to 3 min 1",
            text,
            StringComparison.Ordinal);
        Assert.EndsWith(
            """

            Measured: 1000 first runs of compute nodes, 0 failed: 100 of 100 nodes come.
            A run takes 10.01 s in the median, at most 15.00 s.
            Assumed, because no document tells:
              60 s from a round to the agent's start on its machines (--machine-start)
              100 s from a round to the next (--round-interval)

            """,
            text,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Times_of_another_day_have_their_date() => Assert.Contains(
        "all by 2026-12-01 00:02 (2026-12-01 00:01–2026-12-01 00:02)",
        Text(Forecast(
            1, Runs(Enumerable.Repeat(1000L, 50)), null,
            Timing with { Start = new DateTimeOffset(2026, 11, 30, 15, 58, 20, TimeSpan.Zero) })),
        StringComparison.Ordinal);

    [Fact]
    public void Json_has_milestones_and_assumptions()
    {
        var json = Json(Forecast(10, Runs(Enumerable.Repeat(5000L, 50))));
        Assert.Equal([5, 9], json.GetProperty("ready").EnumerateArray().Select(ready => ready.GetProperty("nodes").GetInt32()));
        Assert.Equal(185_000, json.GetProperty("last").GetProperty("after_ms").GetInt64());
        Assert.Equal(
            Timing.Start.AddSeconds(185), json.GetProperty("last").GetProperty("by").GetDateTimeOffset());
        Assert.Equal((50, 0, 60), (json.GetProperty("first_runs").GetInt32(), json.GetProperty("failed_runs").GetInt32(),
            json.GetProperty("machine_start_s").GetInt32()));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(40)]
    public void Picture_has_a_line_in_a_band(int failed)
    {
        var forecast = Forecast(20, Runs(Enumerable.Range(1, 60).Select(i => 5000L + (i * 100)), failed));
        var picture = XDocument.Parse(CurveSvg.Write(
            new Curve("compute", "s", 3, [], [new CurveLine("wanted: 23", 23, "green")]), forecast.Ready)).Root!;
        XNamespace svg = "http://www.w3.org/2000/svg";
        Assert.Single(picture.Elements(svg + "polygon"));
        foreach (var point in picture.Elements().Attributes("points").SelectMany(points => points.Value.Split(' ')))
        {
            var xy = point.Split(',');
            Assert.InRange(double.Parse(xy[0], CultureInfo.InvariantCulture), 64, 590);
            Assert.InRange(double.Parse(xy[1], CultureInfo.InvariantCulture), 84, 380);
        }
    }

    [Theory]
    [InlineData("2026-11-30T14:00+08:00", 6)]
    [InlineData("2026-11-30T14:00:00Z", 14)]
    public void Start_is_read_with_its_zone(string text, int hour)
    {
        List<ConfigDiagnostic> diagnostics = [];
        Assert.Equal(
            new DateTimeOffset(2026, 11, 30, hour, 0, 0, TimeSpan.Zero), ArrivalTiming.ReadStart(text, diagnostics).ToUniversalTime());
        Assert.Equal(DateTime.Today.AddHours(9.5), ArrivalTiming.ReadStart("09:30", diagnostics).LocalDateTime);
        Assert.Empty(diagnostics);
        ArrivalTiming.ReadStart("noon", diagnostics);
        Assert.Contains("use 14:00 for today", Assert.Single(diagnostics).ToString(), StringComparison.Ordinal);
    }

    private static FirstRuns Runs(IEnumerable<long> ready, int failed = 0) => new([.. ready.Order()], failed, 0, 1);

    private static ScaleOutPlan Plan(int nodes, ScalingQueue? queue = null) => ScaleOutPlan.Create(queue ?? Queues.Of(), nodes, 0);

    private static ArrivalForecast Forecast(int nodes, FirstRuns runs, ScalingQueue? queue = null, ArrivalTiming? timing = null) =>
        ArrivalForecast.Create(Plan(nodes, queue), runs, timing ?? Timing)!;

    private static string Text(ArrivalForecast forecast) => ArrivalText.Write(forecast, forecast.Runs, Beijing);

    private static JsonElement Json(ArrivalForecast forecast)
    {
        using var json = JsonDocument.Parse(JsonOutput.ToText(writer =>
        {
            writer.WriteStartObject();
            ArrivalText.Write(writer, forecast, forecast.Runs, forecast.Timing);
            writer.WriteEndObject();
        }));
        return json.RootElement.Clone();
    }
}
