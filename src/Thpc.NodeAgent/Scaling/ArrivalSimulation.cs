using System.Diagnostics.CodeAnalysis;
using Thpc.NodeAgent.Fleet;

namespace Thpc.NodeAgent.Scaling;

/// <summary>Draws times of nodes to come from measured ones; <see cref="ArrivalForecast"/> explains how.</summary>
[SuppressMessage("Security", "CA5394:Do not use insecure randomness", Justification = "A simulation keeps no secret.")]
internal sealed class ArrivalSimulation
{
    // The times above the longest are fitted to a tenth of the times, but at least to these.
    private const int MinTail = 5;

    private readonly ScaleOutPlan _plan;
    private readonly FirstRuns _runs;
    private readonly ArrivalTiming _timing;

    // The seed is fixed: equal reports give equal predictions.
    private readonly Random _random = new(1);
    private readonly int _tail;
    private readonly double _meanExcess;

    // The gaps of the drawn nodes: 0 is below the shortest measured time, the number of measured times above the longest.
    private readonly List<int> _gaps = [];

    public ArrivalSimulation(ScaleOutPlan plan, FirstRuns runs, ArrivalTiming timing)
    {
        (_plan, _runs, _timing) = (plan, runs, timing);
        var sorted = runs.ReadyMs;
        _tail = Math.Min(sorted.Count - 1, Math.Max(MinTail, (sorted.Count + 9) / 10));
        for (var i = sorted.Count - _tail; i < sorted.Count; i++)
        {
            _meanExcess += (double)(sorted[i] - sorted[sorted.Count - 1 - _tail]) / _tail;
        }
    }

    /// <returns>Milliseconds until each node is ready that comes, the shortest first.</returns>
    public List<long> Run()
    {
        _gaps.Clear();
        List<long> times = [];
        var excess = DrawMeanExcess();
        var (drawn, failed) = (0, 0);
        foreach (var round in _plan.Rounds)
        {
            for (var i = 0; i < round.Nodes; i++, drawn++)
            {
                if (_random.NextDouble() * (_runs.Count + 1 + drawn) < _runs.Failed + 0.5 + failed)
                {
                    failed++;
                }
                else
                {
                    times.Add(_timing.AgentStartMs(round.Number) + Draw(excess));
                }
            }
        }

        times.Sort();
        return times;
    }

    private long Draw(double meanExcess)
    {
        var sorted = _runs.ReadyMs;
        var place = _random.Next(sorted.Count + 1 + _gaps.Count);
        var gap = place <= sorted.Count ? place : _gaps[place - sorted.Count - 1];
        _gaps.Add(gap);
        return gap == 0 ? sorted[0]
            : gap < sorted.Count ? sorted[gap - 1] + (long)(_random.NextDouble() * (sorted[gap] - sorted[gap - 1]))
            : sorted[^1] + (long)(DrawExponential() * meanExcess);
    }

    // The mean of a few excesses is itself uncertain: it is as their sum, which has a gamma distribution.
    private double DrawMeanExcess()
    {
        var sum = 0.0;
        for (var i = 0; i < _tail; i++)
        {
            sum += DrawExponential();
        }

        return _meanExcess * _tail / sum;
    }

    private double DrawExponential() => -Math.Log(1 - _random.NextDouble());
}
