using System.Globalization;

namespace Thpc.NodeAgent.Reporting.Timeline;

/// <param name="AtMs">Milliseconds after the start of the run.</param>
internal sealed record TimeTick(long AtMs, string Label);

/// <summary>Ticks at round times and formatted durations, for runs from milliseconds to days.</summary>
internal static class TimeAxis
{
    private const long Second = 1000;
    private const long Minute = 60 * Second;
    private const long Hour = 60 * Minute;
    private const long Day = 24 * Hour;

    // Runs of up to two minutes have ticks in seconds, runs of up to two hours in minutes.
    private static readonly long[] Milliseconds = [1, 2, 5, 10, 20, 50, 100, 200, 500];
    private static readonly long[] Seconds =
        [.. Milliseconds.Skip(6), .. new[] { 1, 2, 5, 10, 15, 30 }.Select(count => count * Second), Minute];
    private static readonly long[] Minutes = [.. new[] { 1, 2, 5, 10, 15, 30 }.Select(count => count * Minute), Hour];
    private static readonly long[] Hours = [.. new[] { 1, 2, 4, 6, 12 }.Select(count => count * Hour), Day];

    /// <param name="totalMs">At least 1.</param>
    /// <param name="max">Maximum number of ticks, at least 2.</param>
    public static IReadOnlyList<TimeTick> Ticks(long totalMs, int max)
    {
        var (steps, unit, symbol) = totalMs switch
        {
            < Second => (Milliseconds, 1, "ms"),
            <= 2 * Minute => (Seconds, Second, "s"),
            <= 2 * Hour => (Minutes, Minute, "min"),
            _ => (Hours, Hour, "h"),
        };
        var step = Array.Find(steps, step => totalMs / step < max);
        step = step > 0 ? step : ((totalMs / max / steps[^1]) + 1) * steps[^1];
        string Label(long at) => at == 0 ? "0" : string.Create(CultureInfo.InvariantCulture, $"{at / (double)unit:0.###} {symbol}");
        return [.. Enumerable.Range(0, (int)(totalMs / step) + 1).Select(i => new TimeTick(i * step, Label(i * step)))];
    }

    /// <summary>Formats a duration with a precision that fits its length: "340 ms", "12.03 s", "15 min 03 s", "2 h 05 min".</summary>
    public static string Duration(long milliseconds) => milliseconds switch
    {
        < Second => string.Create(CultureInfo.InvariantCulture, $"{milliseconds} ms"),
        < 2 * Minute => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / (double)Second:0.00} s"),
        < 2 * Hour => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / Minute} min {milliseconds % Minute / Second:00} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / Hour} h {milliseconds % Hour / Minute:00} min"),
    };
}
