using System.Net;

namespace Thpc.NodeAgent.Stages.Mount.Drivers;

/// <summary>
/// What a source of CFS is, however it is written: "172.30.2.180@tcp0:/4fe1839b/cfs/" and "172.30.2.180@tcp:/4fe1839b/cfs" are the same
/// file system. mount.lustre rewrites NIDs before the kernel shows them: it drops network number 0 and turns names into addresses.
/// </summary>
/// <param name="Servers">In one form each, without order: "172.30.2.180@tcp", "fe80::1", "cfs.example".</param>
/// <param name="Path">Without repeated and trailing slashes.</param>
internal sealed record CfsSource(IReadOnlySet<string> Servers, string Path)
{
    private const string DefaultNetwork = "tcp";

    /// <param name="lustre">Whether its servers are NIDs, joined by `:` or `,`; one without a network is on tcp.</param>
    public static CfsSource Parse(string source, bool lustre)
    {
        var colon = source.IndexOf(":/", StringComparison.Ordinal);
        if (colon < 0)
        {
            return new CfsSource(new HashSet<string>(StringComparer.Ordinal) { source }, ""); // a disk, or whatever else fstab may have
        }

        var (server, path) = (source[..colon], source[(colon + 1)..]);
        string[] parts = [.. path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".")];
        var servers = lustre ? server.Split([':', ','], StringSplitOptions.RemoveEmptyEntries).Select(Nid) : [Host(server)];
        return new CfsSource(servers.ToHashSet(StringComparer.Ordinal), "/" + string.Join('/', parts));
    }

    /// <summary>Whether both are one file system.</summary>
    /// <param name="addresses">
    /// The addresses of a name; empty where they are not known. Such a name may be any address, or all shares would be wrong while DNS is down.
    /// </param>
    public bool Is(CfsSource other, Func<string, IReadOnlyList<string>> addresses)
    {
        if (Path != other.Path)
        {
            return false;
        }

        var (mine, its) = (Expand(Servers, addresses), Expand(other.Servers, addresses));

        // A name of a server of NFS may have more addresses than the one that is mounted.
        var oneEach = Servers.Count == 1 && other.Servers.Count == 1;
        return mine.SetEquals(its) || (oneEach && mine.Overlaps(its)) || MayBe([.. mine.Except(its)], [.. its.Except(mine)]);
    }

    /// <summary>Those of its servers that are names, without their network.</summary>
    public IEnumerable<string> Names => Servers.Where(IsName).Select(server => server.Split('@')[0]);

    /// <summary>Whether on one side there are names alone and on the other addresses alone.</summary>
    private static bool MayBe(IReadOnlyList<string> one, IReadOnlyList<string> other) =>
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

        // Number 0 is the number of a network without one; tcp10 is another network.
        var name = network is [.. var letters, '0'] && letters.Length > 0 && !char.IsAsciiDigit(letters[^1]) ? letters : network;
        return $"{Host(at < 0 ? nid : nid[..at])}@{name}";
    }

    private static string Host(string host)
    {
        var bare = host.StartsWith('[') && host.EndsWith(']') ? host[1..^1] : host;
        return IPAddress.TryParse(bare, out var address) ? address.ToString() : bare.ToLowerInvariant().TrimEnd('.');
    }
}
