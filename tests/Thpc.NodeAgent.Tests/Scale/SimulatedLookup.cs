namespace Thpc.NodeAgent.Tests.Scale;

/// <summary>
/// A name as glibc looks it up: one query for each kind of address, to one name server after the other, 5 s for each, two rounds.
/// </summary>
internal sealed class SimulatedLookup(Simulation clock, SimulatedServers servers, SimulatedNode node)
{
    private const int Rounds = 2;
    private const int NameServers = 2;
    private const double Timeout = 5;

    public Signal Ended { get; } = new(clock);

    public bool HasAddress { get; private set; }

    public bool HasFailed => Ended.IsSet && !HasAddress;

    public IEnumerable<Pause> Run()
    {
        var missing = NodeRequests.QueriesOfName;
        for (var attempt = 0; attempt < Rounds * NameServers && missing > 0; attempt++)
        {
            var (asked, wait) = (missing, servers.RoundTrip);
            for (var query = 0; query < asked; query++)
            {
                node.NameQueries++;
                var answer = clock.NextDouble() < servers.NameLoss ? null : servers.Names.Serve(clock.Now) + servers.RoundTrip;
                missing -= answer < Timeout ? 1 : 0;
                wait = Math.Max(wait, answer ?? 0);
            }

            yield return new Pause(missing > 0 ? Timeout : wait);
        }

        HasAddress = missing == 0;
        Ended.Set();
    }
}
