using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Cos;

/// <summary>
/// When to retry. Network and server faults are short: pauses begin at 0.5 s and double. SlowDown means that more nodes ask than
/// COS serves per second, and their number is unknown: pauses begin at 8 s, room for hundreds of nodes, and grow to 64 s, so that
/// thousands of nodes need few requests each.
/// </summary>
internal sealed class CosRetryPolicy(TimeSpan limit, Func<double>? random = null)
{
    private readonly Backoff _faults = new(TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(8), random: random);
    private readonly Backoff _throttled = new(TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(64), factor: 4, random: random);

    // Time reserved for the next attempt.
    private readonly TimeSpan _attempt = limit / 10 < TimeSpan.FromSeconds(2) ? limit / 10 : TimeSpan.FromSeconds(2);

    // Time reserved for the script too, whose run has the same limit.
    private readonly TimeSpan _attemptAndRun = limit / 3 < TimeSpan.FromSeconds(30) ? limit / 3 : TimeSpan.FromSeconds(30);

    /// <param name="left">The remaining time of the limit.</param>
    /// <returns>How long to wait after this fault; null to give up.</returns>
    public TimeSpan? Next(CosFault fault, TimeSpan left)
    {
        // Nodes spread over the window, so a part of them gets its end: many would download the script too late to run it.
        var next = !fault.Retry ? null
            : fault.Throttled ? _throttled.NextWithin(left, _attemptAndRun) ?? _throttled.NextWithin(left, _attempt)
            : _faults.NextWithin(left, _attempt);
        if (next is not { } pause)
        {
            return null;
        }

        pause += fault.RetryAfter ?? TimeSpan.Zero;
        return pause < left - _attempt ? pause : left - _attempt;
    }
}
