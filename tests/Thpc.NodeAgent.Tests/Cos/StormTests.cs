using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Tests.Cos;

/// <summary>
/// Simulates many nodes that start at the same moment with a COS that serves a fixed number of requests per second, with the
/// agent's real retry policy. tests/storm/run.py does the same with 500 real agents.
/// </summary>
public sealed class StormTests(ITestOutputHelper output)
{
    private static readonly CosFault SlowDown =
        new(new Error(ErrorCode.CosServerError, "HTTP 503, SlowDown"), Retry: true, FromCos: true, Throttled: true);

    [Theory]
    [InlineData(500, 100, 30, 3, 2)]
    [InlineData(2_000, 2_000, 30, 1, 2)]
    [InlineData(10_000, 2_000, 30, 3, 2)]
    // Far more nodes than COS serves: the load decreases over time, because the first pause has the same window for all.
    [InlineData(10_000, 1_000, 60, 3, 10)]
    [InlineData(10_000, 100, 600, 4, 15)]
    public void All_nodes_succeed_with_few_requests_and_no_waves(int nodes, int allowed, int limit, double maxRequests, double maxPeak)
    {
        var storm = Simulate(nodes, allowed, TimeSpan.FromSeconds(limit));
        output.WriteLine(
            $"{nodes} nodes, {allowed} requests a second: {storm.Failed} failed, {storm.PerNode:0.00} requests each, done "
                + $"after {storm.Last:0} s, peak / mean {storm.PeakToMean:0.00}");
        Assert.Equal(0, storm.Failed);
        Assert.InRange(storm.PerNode, 1, maxRequests);
        Assert.InRange(storm.PeakToMean, 1, maxPeak);
    }

    private sealed record Storm(int Failed, double PerNode, double Last, double PeakToMean);

    // All nodes send their first request at time 0. COS serves at once what it serves per second.
    private static Storm Simulate(int nodes, int allowed, TimeSpan limit)
    {
        var queue = new PriorityQueue<CosRetryPolicy, double>(Enumerable.Range(0, nodes).Select(_ => (new CosRetryPolicy(limit), 0.0)));
        List<double> requests = [];
        var (failed, tokens, before) = (0, (double)allowed, 0.0);
        while (queue.TryDequeue(out var node, out var now))
        {
            tokens = Math.Min(allowed, tokens + ((now - before) * allowed));
            before = now;
            requests.Add(now);
            if (tokens >= 1)
            {
                tokens--;
            }
            else if (node.Next(SlowDown, limit - TimeSpan.FromSeconds(now)) is { } pause)
            {
                queue.Enqueue(node, now + pause.TotalSeconds);
            }
            else
            {
                failed++;
            }
        }

        var seconds =
            requests.Where(time => time >= 1).GroupBy(time => (int)time).Select(second => second.Count()).DefaultIfEmpty(1).ToArray();
        return new Storm(
            failed, (double)requests.Count / nodes, requests[^1],
            seconds.Max() / (seconds.Sum() / Math.Max(1, Math.Ceiling(requests[^1]) - 1)));
    }
}
