using System.Globalization;
using System.Net;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Stages.Mount.Drivers;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Doctor;

/// <summary>A host and a TCP port that the node contacts.</summary>
internal sealed record NetworkTarget(string Host, int Port, string Purpose);

/// <summary>What a node with a configuration contacts, for the rules of a firewall. Pure.</summary>
/// <param name="Targets">Each host and port once.</param>
/// <param name="Notes">What the configuration does not name.</param>
internal sealed record NetworkTargets(IReadOnlyList<NetworkTarget> Targets, IReadOnlyList<string> Notes)
{
    private const int RpcBind = 111;

    public static NetworkTargets Of(NodeConfig config)
    {
        List<NetworkTarget> targets =
        [
            .. (from target in (NetworkTarget[])[.. Metadata(config), .. Scripts(config), .. config.Storage.SelectMany(OfStorage)]
                group target by $"{target.Host} {target.Port}" into same
                select same.First() with { Purpose = string.Join("; ", same.Select(target => target.Purpose).Distinct()) }),
        ];
        return new NetworkTargets(targets, [.. Remarks(config, targets)]);
    }

    private static IEnumerable<NetworkTarget> Metadata(NodeConfig config)
    {
        if (config.MetadataEndpoint is { } endpoint)
        {
            var hasRole = config.Cos.Credentials is CosCredentialSource.Auto or CosCredentialSource.Role
                && ScriptsOf(config).Any(script => script.Script.Location.Scheme == "cos");
            yield return new NetworkTarget(
                endpoint.Host, endpoint.Port, hasRole ? "metadata: instance ID, credentials of the CAM role" : "metadata: instance ID");
        }
    }

    private static IEnumerable<NetworkTarget> Scripts(NodeConfig config) =>
        from script in ScriptsOf(config)
        let location = script.Script.Location
        where !location.IsFile
        let purpose = $"init script {script.Number}{(config.AllowedSigners is null ? "" : " and its signature")}"
        select location.Scheme == "https" ? new NetworkTarget(location.Host, location.Port, purpose)
            : config.Cos.Endpoint is { } gateway
                ? new NetworkTarget(gateway.Host, gateway.Port, $"{purpose}, by cos.endpoint in place of {location.Host}")
            : new NetworkTarget(location.Host, 443, purpose);

    private static IEnumerable<(InitScript Script, int Number)> ScriptsOf(NodeConfig config) =>
        config.InitScripts.Select((script, index) => (script, index + 1)).Where(pair => pair.script.IsFor(config.Cluster.Role));

    private static IEnumerable<NetworkTarget> OfStorage(Storage storage) => storage switch
    {
        CfsStorage cfs => CfsMount.Addresses(cfs).SelectMany(host => OfCfs(cfs, host.Trim('[', ']'))),
        GooseFsStorage goose => goose.Masters.Select(master => Master(master, $"GooseFS master: mount {storage.LocalPath}")),
        GooseFsxStorage goose => goose.Masters.Select(master => Master(master, $"GooseFSx master: mount {storage.LocalPath}")),
        _ => [],
    };

    private static IEnumerable<NetworkTarget> OfCfs(CfsStorage cfs, string host)
    {
        var kind = cfs.Protocol switch { CfsProtocol.Nfs3 => "NFS 3.0", CfsProtocol.Nfs4 => "NFS 4.0", _ => "Lustre" };
        var purpose = $"{kind}: mount {TerminalText.OneLine(cfs.LocalPath)}";
        yield return new NetworkTarget(host, CfsMount.Port(cfs), purpose);
        if (cfs.Protocol == CfsProtocol.Nfs3)
        {
            yield return MountPort(cfs) is { } port
                ? new NetworkTarget(host, port, $"{purpose} (mount service)")
                : new NetworkTarget(host, RpcBind, $"{purpose} (rpcbind names the port of the mount service)");
        }
    }

    private static int? MountPort(CfsStorage cfs) =>
        CfsOptions.Split(cfs.MountOption ?? "").LastOrDefault(word => word.StartsWith("mountport=", StringComparison.Ordinal)) is { } word
            && int.TryParse(word["mountport=".Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? port
            : null;

    /// <param name="master">HOST:PORT, as the configuration's reader requires.</param>
    private static NetworkTarget Master(string master, string purpose)
    {
        var colon = master.LastIndexOf(':');
        return new NetworkTarget(
            master[..colon].Trim('[', ']'), int.Parse(master[(colon + 1)..], CultureInfo.InvariantCulture), purpose);
    }

    private static IEnumerable<string> Remarks(NodeConfig config, List<NetworkTarget> targets)
    {
        if (targets.Exists(target => !IPAddress.TryParse(target.Host, out _)))
        {
            yield return "Names are looked up at the DNS servers of /etc/resolv.conf, port 53.";
        }

        if (config.Storage.Any(storage => storage is CfsStorage { Protocol: CfsProtocol.Nfs3 } cfs && MountPort(cfs) is null))
        {
            yield return "NFS 3.0 also contacts the mount service of its server, at the port that rpcbind names.";
        }

        if (config.Storage.Any(storage => storage is not CfsStorage { Protocol: not CfsProtocol.Turbo }))
        {
            yield return "Lustre and GooseFS also contact servers that their first server names, such as OSS and workers.";
        }

        yield return "Where packages are missing, the package manager contacts its own repositories.";
    }
}
