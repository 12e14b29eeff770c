using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Cos;

/// <summary>
/// When to ask again. A fault of the network or of one server heals soon: pauses begin with half a second and double. Being asked
/// to slow down means that there are more nodes than COS serves in a second, and nobody knows how many: the first pause is long
/// enough for some hundreds to find room in it, and each further one is longer, up to a minute, so that thousands need few requests each.
/// </summary>
internal sealed class CosRetryPolicy(TimeSpan limit)
{
    private readonly Backoff _faults = new(TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(8));
    private readonly Backoff _throttled = new(TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(64), factor: 4);

    // An attempt takes time too.
    private readonly TimeSpan _attempt = limit / 10 < TimeSpan.FromSeconds(2) ? limit / 10 : TimeSpan.FromSeconds(2);

    /// <summary>How long to wait after this fault; null to give up.</summary>
    /// <param name="left">What is left of the limit.</param>
    public TimeSpan? Next(CosFault fault, TimeSpan left)
    {
        var room = left - _attempt;
        if (!fault.Retry || room < _attempt / 4)
        {
            return null;
        }

        var pause = (fault.Throttled ? _throttled : _faults).Next(room) + (fault.RetryAfter ?? TimeSpan.Zero);
        return pause < room ? pause : room;
    }
}
