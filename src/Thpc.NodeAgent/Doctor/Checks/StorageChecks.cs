using System.Diagnostics;
using System.Globalization;
using System.Net;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Network;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Stages.Mount;
using Thpc.NodeAgent.Stages.Mount.Drivers;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Doctor.Checks;

/// <summary>Storage from below: its servers, its clients, and what is mounted against what should be.</summary>
internal static class StorageChecks
{
    private static readonly TimeSpan ResolveLimit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DialLimit = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(1.2);
    private static readonly TimeSpan VerifyLimit = TimeSpan.FromSeconds(2);

    /// <summary>A check for each server and port that the configuration names.</summary>
    public static IEnumerable<Check> Servers(NodeConfig config) =>
        config.Storage.SelectMany(Addresses).Distinct().Select(server => new Check("server", async cancel => [await AskAsync(server, cancel)]));

    public static Check Helpers(DriverContext context) => new("helpers", async cancel =>
    {
        List<CheckResult> found = [];
        foreach (var driver in context.Config.Storage.Select(context.Driver))
        {
            try
            {
                await driver.RequireClientAsync(cancel);
            }
            catch (AgentException e)
            {
                found.Add(CheckResult.FromException("helpers", e));
            }
        }

        if (context.Config.Storage.OfType<CfsStorage>().Any(storage => storage.Protocol != CfsProtocol.Turbo) && KernelVersions.ValidateModule(context.Root, "nfs") is { } problem)
        {
            found.Add(new CheckResult("helpers", Verdict.Fail, problem, new("Boot a kernel that has it, or install the package with its modules (linux-modules-extra, kernel-modules).", "请启动带有该模块的内核，或安装包含该模块的软件包（linux-modules-extra、kernel-modules）。"), ErrorCode.MountHelperMissing));
        }

        return found.Count > 0 ? found : [new CheckResult("helpers", Verdict.Ok, context.Config.Storage.Count == 0 ? "no storage is configured" : "the clients of all configured storage are there")];
    });

    public static Check Mounts(DriverContext context) => new("mounts", async cancel =>
    {
        var findings = await Verification.RunAsync(context, VerifyLimit, cancel);
        return findings.Count > 0
            ? [.. findings.Select(finding => CheckResult.FromException("mounts", finding.Problem))]
            : [new CheckResult("mounts", Verdict.Ok, "configuration, mount table and fstab agree, and every mount answers")];
    });

    private static IEnumerable<Server> Addresses(Storage storage) => storage switch
    {
        CfsStorage cfs => CfsMount.Addresses(cfs).Select(host => new Server(host, CfsMount.Port(cfs), cfs.Protocol switch { CfsProtocol.Nfs3 => 3, CfsProtocol.Nfs4 => 4, _ => null })),
        GooseFsStorage goose => goose.Masters.Select(Split),
        GooseFsxStorage goose => goose.Masters.Select(Split),
        _ => [],
    };

    private static Server Split(string master) =>
        master.LastIndexOf(':') is var colon ? new Server(master[..colon], int.Parse(master.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture), null) : throw new UnreachableException();

    private static async Task<CheckResult> AskAsync(Server server, CancellationToken cancel)
    {
        IPAddress[] addresses;
        try
        {
            addresses = await NameLookup.FindAsync(server.Host, ResolveLimit, cancel);
        }
        catch (NameResolutionException e)
        {
            return Bad(e.Message, new("Check /etc/resolv.conf, or name the server by its address.", "请检查 /etc/resolv.conf，或直接使用服务端的 IP 地址。"));
        }

        if (addresses.Select(TcpProbe.SourceFor).FirstOrDefault(found => found is not null) is not { } source)
        {
            return Bad($"no route leads to {server.Host} ({string.Join(", ", addresses.Take(3).Select(address => $"{address}"))})", new("Check the node's routes (`ip route`): the server's network must be the cluster's VPC, or connected to it.", "请检查节点的路由（`ip route`）：服务端须位于集群所在的 VPC，或与之互通的网络。"));
        }

        var start = TimeProvider.System.GetTimestamp();
        if (await TcpProbe.DialAsync(server.Host, server.Port, DialLimit, cancel) is { } silence)
        {
            return Bad($"{silence} (from {source})", ErrorCode.MountUnreachable.Hint);
        }

        var measured = $"{server.Host}:{server.Port} accepts within {TimeProvider.System.GetElapsedTime(start).TotalMilliseconds:0} ms, from {source}";
        if (server.NfsVersion is not { } version)
        {
            return new CheckResult("server", Verdict.Ok, measured);
        }

        return await NfsProbe.AskAsync(server.Host, server.Port, version, AnswerLimit, cancel) is { } fault
            ? CheckResult.FromException("server", fault)
            : new CheckResult("server", Verdict.Ok, $"{measured}, and serves NFS {version}{await ExportsAsync(server.Host, cancel)}");

        static CheckResult Bad(string measured, LocalizedText remedy) => new("server", Verdict.Fail, measured, remedy, ErrorCode.MountUnreachable);
    }

    /// <summary>What it exports, where its rpcbind answers; CFS's own need not.</summary>
    private static async Task<string> ExportsAsync(string host, CancellationToken cancel)
    {
        const int Rpcbind = 111;
        if (ProgramFinder.Find(new NodeRoot("/"), "showmount") is null || await TcpProbe.DialAsync(host, Rpcbind, TimeSpan.FromMilliseconds(300), cancel) is not null)
        {
            return "";
        }

        var exports = await ProgramRunner.RunAsync(["showmount", "--no-headers", "--exports", host], AnswerLimit, cancel);
        string[] lines = exports.Succeeded ? exports.Output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) : [];
        return lines.Length == 0 ? "" : $"; exports {string.Join("; ", lines.Take(4).Select(line => OutputText.OneLine(string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))))}{(lines.Length > 4 ? $" and {lines.Length - 4} more" : "")}";
    }

    /// <param name="NfsVersion">Null for what is no NFS server.</param>
    private sealed record Server(string Host, int Port, int? NfsVersion);
}
