using System.Collections.Concurrent;
using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>The addresses of servers that are given by name, each asked for once.</summary>
internal sealed class HostNames
{
    private readonly ConcurrentDictionary<string, IReadOnlyList<string>> _known = new(StringComparer.Ordinal);

    /// <returns>Empty where they are not known.</returns>
    public IReadOnlyList<string> Addresses(string host) => _known.GetValueOrDefault(host) ?? [];

    /// <summary>Asks for those that are not known yet, all at the same time. One that does not resolve within the limit stays unknown.</summary>
    public Task ResolveAsync(IEnumerable<string> hosts, TimeSpan limit, CancellationToken cancel) =>
        Task.WhenAll(hosts.Distinct().Where(host => !_known.ContainsKey(host)).Select(async host =>
        {
            try
            {
                _known[host] = [.. (await NameLookup.FindAsync(host, limit, cancel)).Select(address => address.ToString())];
            }
            catch (NameException)
            {
                _known[host] = [];
            }
        }));
}
