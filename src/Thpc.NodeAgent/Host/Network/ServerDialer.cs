using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Host.Network;

/// <summary>
/// Finds out whether servers accept connections, before mounts that would wait longer for one that does not. A server is dialled once for
/// all its mounts, and again only after a mount of it has failed.
/// </summary>
internal sealed class ServerDialer
{
    private readonly Dictionary<string, Task<LocalizedText?>> _dials = new(StringComparer.Ordinal);

    /// <summary>Tries one address after the other until one accepts a connection, or has accepted one earlier.</summary>
    /// <param name="limit">For each address; a dial that has started already keeps its own.</param>
    /// <returns>Null if one does; else the failure of the last one.</returns>
    public async Task<LocalizedText?> DialAnyAsync(
        IReadOnlyList<(string Host, int Port)> addresses, TimeSpan limit, CancellationToken cancel)
    {
        var dial = Start(addresses, limit, cancel);
        try
        {
            var problem = await dial;
            if (problem is not null)
            {
                Forget(addresses, dial);
            }

            return problem;
        }
        catch
        {
            Forget(addresses, dial);
            throw;
        }
    }

    /// <summary>Makes the next mount dial them again.</summary>
    public void Forget(IReadOnlyList<(string Host, int Port)> addresses) => Forget(addresses, null);

    private void Forget(IReadOnlyList<(string Host, int Port)> addresses, Task<LocalizedText?>? only)
    {
        lock (_dials)
        {
            var key = Key(addresses);
            if (only is null || (_dials.TryGetValue(key, out var dial) && dial == only))
            {
                _dials.Remove(key);
            }
        }
    }

    private Task<LocalizedText?> Start(IReadOnlyList<(string Host, int Port)> addresses, TimeSpan limit, CancellationToken cancel)
    {
        lock (_dials)
        {
            var key = Key(addresses);
            if (!_dials.TryGetValue(key, out var dial))
            {
                _dials[key] = dial = TcpProbe.DialAnyAsync(addresses, limit, cancel);
            }

            return dial;
        }
    }

    private static string Key(IReadOnlyList<(string Host, int Port)> addresses) =>
        string.Join(' ', addresses.Select(address => $"{address.Host} {address.Port}"));
}
