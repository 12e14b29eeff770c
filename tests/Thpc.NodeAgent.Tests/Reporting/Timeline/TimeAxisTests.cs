using CsCheck;
using Thpc.NodeAgent.Reporting.Timeline;

namespace Thpc.NodeAgent.Tests.Reporting.Timeline;

public sealed class TimeAxisTests
{
    [Theory]
    [InlineData(1, "0, 1 ms")]
    [InlineData(20, "0, 5 ms, 10 ms, 15 ms, 20 ms")]
    [InlineData(23, "0, 5 ms, 10 ms, 15 ms, 20 ms")]
    [InlineData(700, "0, 100 ms, 200 ms, 300 ms, 400 ms, 500 ms, 600 ms, 700 ms")]
    [InlineData(1500, "0, 0.2 s, 0.4 s, 0.6 s, 0.8 s, 1 s, 1.2 s, 1.4 s")]
    [InlineData(34_000, "0, 5 s, 10 s, 15 s, 20 s, 25 s, 30 s")]
    [InlineData(90_000, "0, 15 s, 30 s, 45 s, 60 s, 75 s, 90 s")]
    [InlineData(240_000, "0, 1 min, 2 min, 3 min, 4 min")]
    [InlineData(900_000, "0, 2 min, 4 min, 6 min, 8 min, 10 min, 12 min, 14 min")]
    [InlineData(7_200_000, "0, 15 min, 30 min, 45 min, 60 min, 75 min, 90 min, 105 min, 120 min")]
    [InlineData(30_000_000, "0, 1 h, 2 h, 3 h, 4 h, 5 h, 6 h, 7 h, 8 h")]
    public void Ticks_are_at_round_times(long total, string expected) =>
        Assert.Equal(expected, string.Join(", ", TimeAxis.Ticks(total, 9).Select(tick => tick.Label)));

    [Fact]
    public void Ticks_fit_the_maximum_and_are_on_the_axis() =>
        Gen.Select(Gen.OneOf(Gen.Long[1, 100_000_000], Gen.Long[1, 1L << 40]), Gen.Int[2, 20]).Sample((total, max) =>
        {
            var ticks = TimeAxis.Ticks(total, max);
            Assert.InRange(ticks.Count, 1, max);
            Assert.All(ticks, tick => Assert.InRange(tick.AtMs, 0, total));
            Assert.Equal(ticks.Count, ticks.Select(tick => tick.Label).Distinct().Count());
        });

    [Theory]
    [InlineData(0, "0 ms")]
    [InlineData(999, "999 ms")]
    [InlineData(12_034, "12.03 s")]
    [InlineData(903_210, "15 min 03 s")]
    [InlineData(7_500_000, "2 h 05 min")]
    public void Precision_of_a_duration_fits_its_length(long milliseconds, string expected) =>
        Assert.Equal(expected, TimeAxis.Duration(milliseconds));
}
