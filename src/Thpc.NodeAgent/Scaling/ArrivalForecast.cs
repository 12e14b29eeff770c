using Thpc.NodeAgent.Fleet;

namespace Thpc.NodeAgent.Scaling;

/// <summary>A predicted value, and the limits between which it is in 90 of 100 cases.</summary>
internal sealed record Estimate(long Low, long Middle, long High);

/// <summary>
/// When the nodes of a plan are ready, by the times that the first runs of other nodes took. Only the order of the measured times counts,
/// no shape of their distribution is assumed: a new time is as likely to be between any two neighbours of the measured ones. Each of 2,000
/// simulations draws all nodes this way, where a drawn node counts as measured for the next; so the limits are as wide as the number of
/// measured runs allows. A time above the longest measured one is drawn from an exponential distribution, fitted to the longest tenth.
/// </summary>
internal sealed class ArrivalForecast
{
    public const int MinRuns = 10;
    public const long Never = long.MaxValue;

    private const int Simulations = 2000;

    private ArrivalForecast(ScaleOutPlan plan, FirstRuns runs, ArrivalTiming timing)
    {
        (Plan, Runs, Timing) = (plan, runs, timing);
        var ready = new long[plan.Added][];
        for (var i = 0; i < ready.Length; i++)
        {
            ready[i] = new long[Simulations];
        }

        var last = new long[Simulations];
        var coming = new long[Simulations];
        var simulation = new ArrivalSimulation(plan, runs, timing);
        for (var i = 0; i < Simulations; i++)
        {
            var times = simulation.Run();
            for (var nodes = 0; nodes < ready.Length; nodes++)
            {
                ready[nodes][i] = nodes < times.Count ? times[nodes] : Never;
            }

            last[i] = times.Count > 0 ? times[^1] : Never;
            coming[i] = times.Count;
        }

        Ready = Array.ConvertAll(ready, Limits);
        Last = Limits(last);
        Coming = Limits(coming);
    }

    public ScaleOutPlan Plan { get; }

    public FirstRuns Runs { get; }

    public ArrivalTiming Timing { get; }

    /// <summary>For each number of nodes, milliseconds until that many are ready, or <see cref="Never"/>.</summary>
    public Estimate[] Ready { get; }

    /// <summary>Milliseconds until the last node that comes is ready.</summary>
    public Estimate Last { get; }

    /// <summary>Number of nodes whose run succeeds.</summary>
    public Estimate Coming { get; }

    /// <summary>Numbers of nodes whose time is printed: half and nine tenths, if that is not all.</summary>
    public int[] Milestones =>
        Part(90) < Plan.Added ? Part(50) < Part(90) ? [Part(50), Part(90)] : [Part(50)]
        : Part(50) < Plan.Added ? [Part(50)]
        : [];

    /// <returns>Null if there are fewer than <see cref="MinRuns"/> successful runs, or nothing to predict.</returns>
    public static ArrivalForecast? Create(ScaleOutPlan plan, FirstRuns runs, ArrivalTiming timing) =>
        runs.ReadyMs.Count < MinRuns || plan.Added == 0 ? null : new ArrivalForecast(plan, runs, timing);

    private static Estimate Limits(long[] values)
    {
        Array.Sort(values);
        return new Estimate(values[Simulations * 5 / 100], values[Simulations / 2], values[(Simulations * 95 / 100) - 1]);
    }

    private int Part(int percent) => ((Plan.Added * percent) + 99) / 100;
}
