using System.Net;

namespace Thpc.NodeAgent.Stages.Mount.Drivers;

/// <summary>
/// The normal form of a CFS source: "172.30.2.180@tcp0:/4fe1839b/cfs/" and "172.30.2.180@tcp:/4fe1839b/cfs" are the same file system.
/// mount.lustre rewrites NIDs before the kernel shows them: it drops network number 0 and turns names into addresses.
/// </summary>
/// <param name="Servers">Normalized, in any order: "172.30.2.180@tcp", "fe80::1", "cfs.example".</param>
/// <param name="Path">Without repeated and trailing slashes.</param>
internal sealed record CfsSource(IReadOnlySet<string> Servers, string Path)
{
    private const string DefaultNetwork = "tcp";

    /// <param name="lustre">Whether the servers are NIDs, joined by `:` or `,`; the default network is tcp.</param>
    public static CfsSource Parse(string source, bool lustre)
    {
        var colon = source.IndexOf(":/", StringComparison.Ordinal);
        if (colon < 0)
        {
            return new CfsSource(new HashSet<string>(StringComparer.Ordinal) { source }, ""); // a disk or another source without a server
        }

        var (server, path) = (source[..colon], source[(colon + 1)..]);
        string[] parts = [.. path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".")];
        var servers = lustre ? server.Split([':', ','], StringSplitOptions.RemoveEmptyEntries).Select(Nid) : [Host(server)];
        return new CfsSource(servers.ToHashSet(StringComparer.Ordinal), "/" + string.Join('/', parts));
    }

    /// <summary>Whether both sources are the same file system.</summary>
    /// <param name="addresses">
    /// Returns the addresses of a name, or none where they are unknown. An unknown name matches any address, so that no mount is reported
    /// as wrong while DNS is down.
    /// </param>
    public bool IsSameAs(CfsSource other, Func<string, IReadOnlyList<string>> addresses)
    {
        if (Path != other.Path)
        {
            return false;
        }

        var (these, those) = (Expand(Servers, addresses), Expand(other.Servers, addresses));

        // The name of an NFS server may have more addresses than the mounted one.
        var oneEach = Servers.Count == 1 && other.Servers.Count == 1;
        return these.SetEquals(those)
            || (oneEach && these.Overlaps(those))
            || MayBeSame([.. these.Except(those)], [.. those.Except(these)]);
    }

    /// <summary>The host names among the servers, without their network.</summary>
    public IEnumerable<string> Names => Servers.Where(IsName).Select(server => server.Split('@')[0]);

    /// <summary>Whether one side has only names and the other only addresses.</summary>
    private static bool MayBeSame(IReadOnlyList<string> one, IReadOnlyList<string> other) =>
        one.Count > 0 && other.Count > 0 && ((one.All(IsName) && !other.Any(IsName)) || (other.All(IsName) && !one.Any(IsName)));

    private static bool IsName(string server) => !IPAddress.TryParse(server.Split('@')[0], out _);

    private static HashSet<string> Expand(IReadOnlySet<string> servers, Func<string, IReadOnlyList<string>> addresses)
    {
        IEnumerable<string> All(string server)
        {
            var at = server.IndexOf('@', StringComparison.Ordinal);
            var (host, network) = at < 0 ? (server, "") : (server[..at], server[at..]);
            return IsName(server) && addresses(host) is { Count: > 0 } known ? known.Select(address => Host(address) + network) : [server];
        }

        return servers.SelectMany(All).ToHashSet(StringComparer.Ordinal);
    }

    private static string Nid(string nid)
    {
        var at = nid.IndexOf('@', StringComparison.Ordinal);
        var network = at < 0 ? DefaultNetwork : nid[(at + 1)..];

        // "tcp0" is the same network as "tcp"; "tcp10" is another one.
        var name = network is [.. var letters, '0'] && letters.Length > 0 && !char.IsAsciiDigit(letters[^1]) ? letters : network;
        return $"{Host(at < 0 ? nid : nid[..at])}@{name}";
    }

    private static string Host(string host)
    {
        var bare = host.StartsWith('[') && host.EndsWith(']') ? host[1..^1] : host;
        return IPAddress.TryParse(bare, out var address) ? address.ToString() : bare.ToLowerInvariant().TrimEnd('.');
    }
}
