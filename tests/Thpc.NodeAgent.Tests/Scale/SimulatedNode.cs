using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Network;
using Thpc.NodeAgent.Stages.Mount;
using Thpc.NodeAgent.Stages.Mount.Drivers;

namespace Thpc.NodeAgent.Tests.Scale;

/// <summary>
/// A bootstrap of one node: the requests that the real executable sends (NodeRequestTests and tests/scale/nfs count them), with the
/// agent's own limits, pauses and default configuration.
/// </summary>
/// <param name="random">For the pauses: numbers from 0 to 1.</param>
internal sealed class SimulatedNode(Simulation clock, SimulatedServers servers, NodeConfig config, Func<double> random)
{
    private static readonly CosFault SlowDown =
        new(new Error(ErrorCode.CosServerError, "HTTP 503, SlowDown"), Retry: true, FromCos: true, Throttled: true);

    private static readonly CosFault Unreachable = new(new Error(ErrorCode.CosUnreachable, "no answer"), Retry: true, FromCos: false);

    private readonly Dictionary<string, SimulatedLookup> _names = [];
    private double _started;
    private bool _answered;
    private CosFault? _fault;

    /// <summary>Seconds from the start of all nodes; null if the bootstrap failed.</summary>
    public double? WholeAt { get; private set; }

    /// <summary>The error's code; null if it succeeded.</summary>
    public string? Failure { get; private set; }

    public bool HasPublished { get; private set; }

    public int CosRequests { get; private set; }

    public int NameQueries { get; set; }

    public int MetadataRequests { get; private set; }

    public int NfsConnections { get; private set; }

    private double Spent => clock.Now - _started;

    public IEnumerable<Pause> Bootstrap()
    {
        foreach (var step in (IEnumerable<Pause>[])[AskMetadata(NodeRequests.MetadataForInstanceId), Download(), Mount()])
        {
            foreach (var pause in step)
            {
                yield return pause;
            }

            if (Failure is not null)
            {
                yield break;
            }
        }

        WholeAt = clock.Now;
        var calls = servers.Nfs.Serve(clock.Now, NodeRequests.NfsCallsForReport) + Latency(NodeRequests.NfsCallsForReport);
        HasPublished = calls < FleetReportFile.Limit.TotalSeconds;
        yield return new Pause(Math.Min(calls ?? double.MaxValue, FleetReportFile.Limit.TotalSeconds));
    }

    private double Latency(int rounds) => rounds * servers.RoundTrip;

    /// <summary>Role, object, script: one limit for all.</summary>
    private IEnumerable<Pause> Download()
    {
        var limit = config.InitScripts[0].Timeout;
        TimeSpan Left() => limit - TimeSpan.FromSeconds(Spent);
        _started = clock.Now;
        var pauses = RoleCredentials.Pauses(random);
        while (true)
        {
            foreach (var pause in AskMetadata(NodeRequests.MetadataForRole))
            {
                yield return pause;
            }

            if (_answered)
            {
                break;
            }

            if (Left() < TimeSpan.FromSeconds(1))
            {
                Failure = ErrorCode.CosCredentials.Name;
                yield break;
            }

            yield return new Pause(pauses.Next(Left()).TotalSeconds);
        }

        var (policy, host, backup) = (new CosRetryPolicy(limit, random), "cos", "backup");
        while (true)
        {
            foreach (var pause in Fetch(host, Left()))
            {
                yield return pause;
            }

            if (Left() <= TimeSpan.Zero)
            {
                Failure = ErrorCode.ScriptTimeout.Name;
                yield break;
            }

            if (_fault is null)
            {
                break;
            }

            if (policy.Next(_fault, Left()) is not { } next)
            {
                Failure = _fault.Error.Code.Name;
                yield break;
            }

            (host, backup) = _fault.FromCos ? (host, backup) : (backup, host);
            yield return new Pause(next.TotalSeconds);
        }

        var script = Math.Min(servers.ScriptSeconds, Left().TotalSeconds);
        yield return new Pause(script);
        Failure = script < servers.ScriptSeconds ? ErrorCode.ScriptTimeout.Name : null;
    }

    /// <summary>Sends requests one after the other; each has the metadata service's limit.</summary>
    private IEnumerable<Pause> AskMetadata(int requests)
    {
        var limit = MetadataService.Limit.TotalSeconds;
        for (_answered = true; requests > 0 && _answered; requests--)
        {
            foreach (var pause in LookUp("metadata", limit * 0.9))
            {
                yield return pause;
            }

            if (!_answered)
            {
                break;
            }

            // One service for each machine: nodes do not share it.
            MetadataRequests++;
            var wait = servers.MetadataSilentUntil > clock.Now ? limit : servers.RoundTrip;
            _answered = wait < limit;
            yield return new Pause(wait);
        }
    }

    private IEnumerable<Pause> Fetch(string host, TimeSpan left)
    {
        _fault = Unreachable;
        foreach (var pause in LookUp(host, Math.Min(CosClient.ConnectLimit.TotalSeconds * 0.9, left.TotalSeconds)))
        {
            yield return pause;
        }

        if (_answered)
        {
            CosRequests++;
            _fault = servers.Cos.TryServe(clock.Now) ? null : SlowDown;
            yield return new Pause(Latency(NodeRequests.CosRoundTrips));
        }
    }

    /// <summary>Like NameLookup: a look-up continues after the limit, for later calls, and its answer is kept.</summary>
    private IEnumerable<Pause> LookUp(string name, double limit)
    {
        if (!_names.TryGetValue(name, out var lookup) || lookup.HasFailed)
        {
            lookup = _names[name] = new SimulatedLookup(clock, servers, this);
            clock.Start(lookup.Run());
        }

        if (!lookup.Ended.IsSet)
        {
            yield return new Pause(limit, lookup.Ended);
        }

        _answered = lookup.HasAddress;
    }

    private IEnumerable<Pause> Mount()
    {
        var (settings, backoff) = (config.Mount, Mounter.Pauses(random));
        _started = clock.Now;
        while (true)
        {
            foreach (var pause in TryMount(settings))
            {
                yield return pause;
            }

            if (_answered)
            {
                yield break;
            }

            if (backoff.NextWithin(settings.Timeout - TimeSpan.FromSeconds(Spent), Mounter.MinAttempt) is not { } next)
            {
                Failure = ErrorCode.MountTimeout.Name;
                yield break;
            }

            yield return new Pause(next.TotalSeconds);
        }
    }

    private IEnumerable<Pause> TryMount(MountSettings settings)
    {
        double Cap(TimeSpan limit) =>
            Math.Min(limit.TotalSeconds, Math.Max(1, (settings.Timeout - TimeSpan.FromSeconds(Spent)).TotalSeconds));
        foreach (var pause in Connect(Cap(CfsDriver.DialLimit)))
        {
            yield return pause;
        }

        if (!_answered)
        {
            yield break;
        }

        var (began, limit) = (clock.Now, Cap(settings.AttemptTimeout));
        for (var connection = 1; connection < NodeRequests.NfsConnections && _answered; connection++)
        {
            foreach (var pause in Connect(limit - (clock.Now - began)))
            {
                yield return pause;
            }
        }

        if (_answered)
        {
            var left = limit - (clock.Now - began);
            var wait = servers.Mountd.Serve(clock.Now) + servers.Nfs.Serve(clock.Now, NodeRequests.NfsCallsForMount)
                + Latency(NodeRequests.NfsCallsForMount);
            _answered = wait < left;
            yield return new Pause(Math.Max(0, Math.Min(wait ?? left, left)));
        }
    }

    /// <summary>Linux repeats an unanswered SYN after 1, 3, 7 and 15 s.</summary>
    private IEnumerable<Pause> Connect(double limit)
    {
        double spent = 0;
        for (double repeat = 1; ; repeat *= 2)
        {
            NfsConnections++;
            _answered = servers.NfsDownUntil <= clock.Now && servers.Accepts.Serve(clock.Now) is not null;
            if (_answered)
            {
                yield return new Pause(servers.RoundTrip);
                yield break;
            }

            var wait = Math.Min(repeat, limit - spent);
            if (wait > 0)
            {
                yield return new Pause(wait);
            }

            spent += repeat;
            if (spent >= limit)
            {
                yield break;
            }
        }
    }
}
