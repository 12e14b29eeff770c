using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Thpc.NodeAgent.Fleet;
using Thpc.NodeAgent.Scaling;

namespace Thpc.NodeAgent.Tests.Scaling;

/// <summary>One half of a generated fleet predicts when the other half is ready.</summary>
[SuppressMessage("Security", "CA5394:Do not use insecure randomness", Justification = "A test keeps no secret.")]
public sealed class ArrivalBacktestTests
{
    private const int Fleets = 240;
    private static readonly string[] Shapes = ["log-normal", "slow zone", "retries", "failures"];

    /// <summary>
    /// Limits for 90 of 100 cases should hold in 90 %; in 240 fleets, chance alone gives 86 to 94. The fleets are the same at each run.
    /// The last node depends on the tail beyond all measured times, which the limits know less well.
    /// </summary>
    [Fact]
    public void Limits_hold_for_the_other_half_about_as_often_as_they_say()
    {
        var held = new Dictionary<string, int>();
        var asked = new Dictionary<string, int>();
        void Count(string what, Estimate limits, long value)
        {
            asked[what] = asked.GetValueOrDefault(what) + 1;
            held[what] = held.GetValueOrDefault(what) + (value >= limits.Low && value <= limits.High ? 1 : 0);
        }

        for (var number = 0; number < Fleets; number++)
        {
            var random = new Random(number);
            var shape = Shapes[number % Shapes.Length];
            var half = random.Next(20, 101);
            var next = Generate(random, shape);
            var known = Enumerable.Range(0, half).Select(_ => next()).ToList();
            var others = Enumerable.Range(0, half).Select(_ => next()).ToList();
            var queue = number % 3 == 0 ? Queues.Of() : Queues.Of(ratio: 50, threshold: 10, perCycle: 40);
            var plan = ScaleOutPlan.Create(queue, half, 0);
            var forecast = ArrivalForecast.Create(
                plan,
                new FirstRuns([.. known.OfType<long>().Order()], known.Count(run => run is null), 0, 1),
                new ArrivalTiming(DateTimeOffset.UnixEpoch, Seconds(120), Seconds(90), Seconds(45)));
            if (forecast is null)
            {
                continue;
            }

            var rounds = plan.Rounds.SelectMany(round => Enumerable.Repeat(round.Number, round.Nodes));
            long[] ready = [.. rounds.Zip(others, (round, run) => run + ((120 + 45 + (90 * (round - 1))) * 1000L)).OfType<long>().Order()];
            Count("half", forecast.Ready[((half + 1) / 2) - 1], At(ready, (half + 1) / 2));
            Count("nine tenths", forecast.Ready[((half * 9) + 9) / 10 - 1], At(ready, ((half * 9) + 9) / 10));
            Count("all", forecast.Last, ready[^1]);
            Count($"all, {shape}", forecast.Last, ready[^1]);
            if (shape == "failures")
            {
                Count("number that comes", forecast.Coming, ready.Length);
            }
        }

        foreach (var (what, count) in asked)
        {
            var share = 100.0 * held[what] / count;
            TestContext.Current.TestOutputHelper!.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"{what}: limits for 90 % held in {share:0.0} % of {count} fleets"));
            var min = count < 200 ? 75 : what == "all" ? 82 : 88;
            Assert.True(share >= min && share <= (count < 200 ? 100 : 98), $"{what}: {share}");
        }

        Assert.InRange(asked["all"], 200, Fleets);
    }

    private static long At(long[] ready, int nodes) => nodes <= ready.Length ? ready[nodes - 1] : ArrivalForecast.Never;

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);

    /// <returns>Draws a run in milliseconds; null: it failed.</returns>
    private static Func<long?> Generate(Random random, string shape)
    {
        var (middle, spread) = (8 + (random.NextDouble() * 2.5), 0.1 + (random.NextDouble() * 0.5));
        var (slowShare, slowness) = (0.05 + (random.NextDouble() * 0.25), 1.3 + (random.NextDouble() * 2.7));
        var failing = shape == "failures" ? 0.02 + (random.NextDouble() * 0.1) : 0;
        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return () =>
        {
            var run = Math.Exp(middle + (spread * Normal()));
            run *= shape == "slow zone" && random.NextDouble() < slowShare ? slowness : 1;
            run += shape == "retries" && random.NextDouble() < 0.05 ? random.Next(3000, 20_000) : 0;
            return random.NextDouble() < failing ? null : (long)run;
        };
    }
}
