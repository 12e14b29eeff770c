using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host.Network;

/// <summary>A name does not resolve.</summary>
internal sealed class NameResolutionException(string message, Exception? inner) : Exception(message, inner)
{
    public NameResolutionException()
        : this("", null)
    {
    }

    public NameResolutionException(string message)
        : this(message, null)
    {
    }
}

/// <summary>
/// The addresses of names, by whatever the machine resolves names with. libc's look-up knows no cancellation and may take half a minute
/// where a name server is silent: each has a thread of its own, for on the pool's few threads everybody else's timers would wait behind it.
/// </summary>
internal static class NameLookup
{
    private const int MaxThreads = 64;

    // A run that goes on for long is to learn of a name's new address.
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);
    private static readonly SemaphoreSlim Threads = new(MaxThreads);
    private static readonly ConcurrentDictionary<string, Entry> Known = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>An address that is written out is not looked up, and a name that is asked for again is not either.</summary>
    /// <param name="host">A name or an address, in brackets or not.</param>
    /// <returns>One at least, in the order in which they should be tried.</returns>
    /// <exception cref="NameResolutionException">The name does not resolve, or not within the limit. The look-up goes on then, for whoever asks again.</exception>
    public static async Task<IPAddress[]> FindAsync(string host, TimeSpan limit, CancellationToken cancel)
    {
        var name = host.Trim('[', ']');
        if (IPAddress.TryParse(name, out var literal))
        {
            return [literal];
        }

        // Who makes the entry starts the look-up, once.
        var entry = Known.AddOrUpdate(name, key => new Entry(key), (key, present) => present.IsOver ? new Entry(key) : present);
        try
        {
            return await entry.Addresses.Value.WaitAsync(limit, cancel);
        }
        catch (TimeoutException e)
        {
            throw new NameResolutionException(string.Create(CultureInfo.InvariantCulture, $"the name {name} does not resolve: no answer from the name servers within {limit.TotalSeconds:0.#} s"), e);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.TryAgain)
        {
            // All that libc says of it is "Resource temporarily unavailable".
            throw new NameResolutionException($"the name {name} does not resolve: no name server answers", e);
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            throw new NameResolutionException($"the name {name} does not resolve: {OutputText.OneLine(e.Message)}", e);
        }
    }

    /// <summary>Looks names up side by side, for <see cref="Found"/>. A name that does not resolve within the limit is left out.</summary>
    public static Task TryAllAsync(IEnumerable<string> hosts, TimeSpan limit, CancellationToken cancel) => Task.WhenAll(hosts.Distinct().Select(async host =>
    {
        try
        {
            await FindAsync(host, limit, cancel);
        }
        catch (NameResolutionException)
        {
            // Found says so.
        }
    }));

    /// <summary>The addresses of a name that has been looked up. Empty if it has not, or did not resolve.</summary>
    public static IReadOnlyList<string> Found(string host) =>
        Known.TryGetValue(host, out var entry) && entry.Addresses.Value is { IsCompletedSuccessfully: true, Result: var addresses }
            ? [.. addresses.Select(address => address.ToString())]
            : [];

    private sealed class Entry(string name)
    {
        private readonly long _start = TimeProvider.System.GetTimestamp();

        public Lazy<Task<IPAddress[]>> Addresses { get; } = new(() => InspectAsync(name));

        /// <summary>What failed is asked again.</summary>
        public bool IsOver => Addresses.Value is { IsCompleted: true } task && (!task.IsCompletedSuccessfully || TimeProvider.System.GetElapsedTime(_start) > Lifetime);

        private static async Task<IPAddress[]> InspectAsync(string name)
        {
            await Threads.WaitAsync();
            var snapshot = Task.Factory.StartNew(() => Dns.GetHostAddresses(name), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            try
            {
                return await snapshot is { Length: > 0 } addresses ? addresses : throw new SocketException((int)SocketError.NoData);
            }
            finally
            {
                Threads.Release();
            }
        }
    }
}
