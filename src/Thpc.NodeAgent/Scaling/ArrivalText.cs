using System.Globalization;
using System.Text;
using System.Text.Json;
using Thpc.NodeAgent.Fleet;
using Thpc.NodeAgent.Reporting.Timeline;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Scaling;

/// <summary>Formats when nodes will be ready, for readers and as JSON.</summary>
internal static class ArrivalText
{
    /// <param name="forecast">Null if the runs are too few.</param>
    /// <param name="zone">The zone of the times.</param>
    public static string Write(ArrivalForecast? forecast, FirstRuns runs, TimeZoneInfo zone)
    {
        var measured = $"Measured: {ScalingText.Plural(runs.Count, "first run")} of compute nodes, {runs.Failed} failed";
        var others = runs.LeftOut == 0 ? "" : $" ({ScalingText.Plural(runs.LeftOut, "other report")} left out)";
        if (forecast is null)
        {
            return $"{measured}{others}.\nNo prediction of times: that needs {ArrivalForecast.MinRuns} successful first runs.\n";
        }

        var wanted = forecast.Plan.Added;
        var clock = new Clock(forecast.Timing.Start, zone);
        List<string> parts = [];
        List<string[]> rows = [["ready", "after", "in 90 of 100 cases"]];
        void Add(string who, Estimate ready)
        {
            parts.Add($"{who} by {clock.Up(ready.Middle)} ({clock.Down(ready.Low)}–{clock.Up(ready.High)})");
            rows.Add([who, Duration(ready.Middle), $"{Duration(ready.Low)} to {Duration(ready.High)}"]);
        }

        foreach (var nodes in forecast.Milestones)
        {
            Add($"{nodes} of {wanted}", forecast.Ready[nodes - 1]);
        }

        Add(forecast.Coming.Middle == wanted ? "all" : "all that come", forecast.Last);
        var text = new StringBuilder($"{string.Join(", ", parts)}.\n");
        text.Append($"If the job begins to wait at {clock.Exact(0)}, {clock.Zone}.\n\n");
        text.Append(TextTable.Write(rows, false, true, false)).Append('\n');
        text.Append($"{measured}: {Count(forecast.Coming)} of {wanted} nodes come{others}.\n");
        text.Append("A run takes ").Append(Duration(runs.ReadyMs[runs.ReadyMs.Count / 2])).Append(" in the median, at most ")
            .Append(Duration(runs.ReadyMs[^1])).Append(".\n");
        return text.Append(Assumed(forecast.Timing)).ToString();
    }

    public static void Write(Utf8JsonWriter writer, ArrivalForecast? forecast, FirstRuns runs, ArrivalTiming timing)
    {
        writer.WriteNumber("first_runs", runs.Count);
        writer.WriteNumber("failed_runs", runs.Failed);
        writer.WriteNumber("other_reports", runs.LeftOut);
        writer.WriteString("waiting_since", timing.Start);
        writer.WriteNumber("busy_time_s", (long)timing.BusyTime.TotalSeconds);
        writer.WriteNumber("round_interval_s", (long)timing.RoundInterval.TotalSeconds);
        writer.WriteNumber("machine_start_s", (long)timing.MachineStart.TotalSeconds);
        if (forecast is null)
        {
            return;
        }

        writer.WriteStartObject("come");
        writer.WriteNumber("nodes", forecast.Coming.Middle);
        writer.WriteNumber("low", forecast.Coming.Low);
        writer.WriteNumber("high", forecast.Coming.High);
        writer.WriteEndObject();
        writer.WriteStartArray("ready");
        foreach (var nodes in forecast.Milestones)
        {
            Write(writer, nodes, forecast.Ready[nodes - 1], timing.Start);
        }

        writer.WriteEndArray();
        writer.WritePropertyName("last");
        Write(writer, (int)forecast.Coming.Middle, forecast.Last, timing.Start);
    }

    private static void Write(Utf8JsonWriter writer, int nodes, Estimate ready, DateTimeOffset start)
    {
        writer.WriteStartObject();
        writer.WriteNumber("nodes", nodes);
        if (ready.Middle == ArrivalForecast.Never)
        {
            writer.WriteNull("by");
        }
        else
        {
            writer.WriteString("by", start.AddMilliseconds(ready.Middle));
        }

        Write(writer, "after_ms", ready.Middle);
        Write(writer, "low_ms", ready.Low);
        Write(writer, "high_ms", ready.High);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, string name, long ms)
    {
        if (ms == ArrivalForecast.Never)
        {
            writer.WriteNull(name);
        }
        else
        {
            writer.WriteNumber(name, ms);
        }
    }

    private static string Assumed(ArrivalTiming timing) =>
        $"""
        Assumed, because no document tells:
          {timing.MachineStart.TotalSeconds:0} s from a round to the agent's start on its machines (--machine-start)
          {timing.RoundInterval.TotalSeconds:0} s from a round to the next (--round-interval)

        """;

    private static string Count(Estimate nodes) => nodes.Low == nodes.High ? $"{nodes.Low}" : $"{nodes.Low} to {nodes.High}";

    private static string Duration(long ms) => ms == ArrivalForecast.Never ? "never" : TimeAxis.Duration(ms);

    /// <summary>Times of day, with the date on other days than the start.</summary>
    private sealed class Clock(DateTimeOffset start, TimeZoneInfo zone)
    {
        private readonly DateTimeOffset _start = TimeZoneInfo.ConvertTime(start, zone);

        public string Zone => _start.Offset == TimeSpan.Zero
            ? "UTC" : string.Create(CultureInfo.InvariantCulture, $"UTC{_start:zzz}");

        public string Up(long ms) => ms == ArrivalForecast.Never ? "never" : Exact(ms, TimeSpan.TicksPerMinute - 1);

        public string Down(long ms) => ms == ArrivalForecast.Never ? "never" : Exact(ms);

        public string Exact(long ms, long ticks = 0)
        {
            var at = TimeZoneInfo.ConvertTime(_start.AddMilliseconds(ms).AddTicks(ticks), zone);
            return at.ToString(at.Date == _start.Date ? "HH:mm" : "yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
        }
    }
}
