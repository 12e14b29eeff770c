namespace Thpc.NodeAgent.Tests.Scale;

/// <summary>Requests that a server received, by second.</summary>
internal sealed class Load
{
    private readonly List<int> _seconds = [];

    public int Peak => _seconds.Count == 0 ? 0 : _seconds.Max();

    /// <summary>The most requests within a second, from this second on.</summary>
    public int PeakFrom(int second) => _seconds.Skip(second).DefaultIfEmpty(0).Max();

    public void Add(double now, int requests)
    {
        while (_seconds.Count <= (int)now)
        {
            _seconds.Add(0);
        }

        _seconds[(int)now] += requests;
    }
}

/// <summary>
/// A server that refuses what is above its rate, such as COS, which answers 503 SlowDown. It serves one second's worth at once.
/// </summary>
internal sealed class RateLimit(double perSecond)
{
    private double _used;
    private double _before;

    public Load Load { get; } = new();

    public bool TryServe(double now)
    {
        Load.Add(now, 1);
        _used = Math.Max(0, _used - ((now - _before) * perSecond));
        _before = now;
        if (_used > perSecond - 1)
        {
            return false;
        }

        _used++;
        return true;
    }
}

/// <summary>A server that works one request after the other and drops what its queue cannot hold.</summary>
internal sealed class ServiceQueue(double perSecond, double maxQueue = double.PositiveInfinity)
{
    private double _free;

    public Load Load { get; } = new();

    /// <returns>Seconds until these requests are done; null if they are dropped.</returns>
    public double? Serve(double now, int requests = 1)
    {
        Load.Add(now, requests);
        var start = Math.Max(now, _free);
        if ((start - now) * perSecond >= maxQueue)
        {
            return null;
        }

        _free = start + (requests / perSecond);
        return _free - now;
    }
}
