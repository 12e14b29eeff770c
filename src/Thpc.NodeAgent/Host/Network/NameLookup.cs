using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host.Network;

/// <summary>A name does not resolve. The HTTP client recognises it as an error of name resolution.</summary>
internal sealed class NameResolutionException(LocalizedText text) : SocketException((int)SocketError.HostNotFound, text.English)
{
    public NameResolutionException()
        : this("")
    {
    }

    public LocalizedText Text => text;
}

/// <summary>
/// Resolves names with the machine's resolver. libc's look-up cannot be cancelled and may take 30 s if a name server is silent, so each
/// look-up has its own thread: on the few threads of the pool it would delay all timers.
/// </summary>
internal static class NameLookup
{
    private const int MaxThreads = 64;

    // A long run must notice that the address of a name changed.
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);
    private static readonly SemaphoreSlim Threads = new(MaxThreads);
    private static readonly ConcurrentDictionary<string, Entry> Known = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Returns the addresses of a name. Results are cached; a literal address is returned as it is.</summary>
    /// <param name="host">A name or an address, with or without brackets.</param>
    /// <returns>At least one, in the order in which to try them.</returns>
    /// <exception cref="NameResolutionException">
    /// The name does not resolve, or not within the limit. In that case the look-up continues for later calls.
    /// </exception>
    public static async Task<IPAddress[]> FindAsync(string host, TimeSpan limit, CancellationToken cancel)
    {
        var name = host.Trim('[', ']');
        if (IPAddress.TryParse(name, out var literal))
        {
            return [literal];
        }

        // Each entry starts its look-up once (Lazy).
        var entry = Known.AddOrUpdate(name, key => new Entry(key), (key, present) => present.IsOver ? new Entry(key) : present);
        try
        {
            return await entry.Addresses.Value.WaitAsync(limit, cancel);
        }
        catch (TimeoutException)
        {
            throw new NameResolutionException(
                Messages.NameUnanswered(name, limit.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture)));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.TryAgain)
        {
            // libc's message is only "Resource temporarily unavailable".
            throw new NameResolutionException(Messages.NoNameServer(name));
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            throw new NameResolutionException(Messages.NameUnresolved(name, TerminalText.OneLine(e.Message)));
        }
    }

    /// <summary>Looks up names in parallel, for later calls of <see cref="Found"/>. Failures are ignored.</summary>
    public static Task TryAllAsync(IEnumerable<string> hosts, TimeSpan limit, CancellationToken cancel) =>
        Task.WhenAll(hosts.Distinct().Select(async host =>
    {
        try
        {
            await FindAsync(host, limit, cancel);
        }
        catch (NameResolutionException)
        {
            // Found returns no address for it.
        }
    }));

    /// <summary>Makes the next call look the name up again: none of its addresses accepted a connection.</summary>
    public static void Expire(string host)
    {
        if (Known.TryGetValue(host, out var entry))
        {
            entry.IsExpired = true;
        }
    }

    /// <returns>The addresses of a name that was looked up before; empty if it was not, or did not resolve.</returns>
    public static IReadOnlyList<string> Found(string host) =>
        Known.TryGetValue(host, out var entry) && entry.Addresses.Value is { IsCompletedSuccessfully: true, Result: var addresses }
            ? [.. addresses.Select(address => address.ToString())]
            : [];

    /// <summary>
    /// Whether this machine can reach IPv6 addresses. Where it cannot, a look-up is one query instead of two, for the name servers that
    /// thousands of nodes ask at the same moment.
    /// </summary>
    private static bool HasGlobalIpv6()
    {
        try
        {
            // Address, interface, length of the prefix, scope (00 is global), flags, name of the interface.
            foreach (var line in File.ReadLines("/proc/net/if_inet6"))
            {
                if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, _, _, "00", ..])
                {
                    return true;
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A kernel without IPv6.
        }

        return false;
    }

    private sealed class Entry(string name)
    {
        private readonly long _start = TimeProvider.System.GetTimestamp();

        public Lazy<Task<IPAddress[]>> Addresses { get; } = new(() => LookUpAsync(name));

        public bool IsExpired { get; set; }

        /// <summary>Whether a new look-up is needed: this one failed, or its addresses failed, or it is too old.</summary>
        public bool IsOver =>
            Addresses.Value is { IsCompleted: true } task
            && (IsExpired || !task.IsCompletedSuccessfully || TimeProvider.System.GetElapsedTime(_start) > Lifetime);

        private static async Task<IPAddress[]> LookUpAsync(string name)
        {
            await Threads.WaitAsync();
            var start = TimeProvider.System.GetTimestamp();
            var result = "does not resolve";
            var family = HasGlobalIpv6() ? AddressFamily.Unspecified : AddressFamily.InterNetwork;
            var lookUp = Task.Factory.StartNew(
                () => Dns.GetHostAddresses(name, family), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            try
            {
                var addresses = await lookUp;
                result = string.Join<IPAddress>(", ", addresses);
                return addresses.Length > 0 ? addresses : throw new SocketException((int)SocketError.NoData);
            }
            finally
            {
                VerboseLog.Write($"name {name}", result, start);
                Threads.Release();
            }
        }
    }
}
