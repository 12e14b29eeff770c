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

/// <summary>The storage: its servers, its mount helpers, and the mounts compared with the configuration.</summary>
internal static class StorageChecks
{
    private static readonly TimeSpan ResolveLimit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DialLimit = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(1.2);
    private static readonly TimeSpan VerifyLimit = TimeSpan.FromSeconds(1.5);

    /// <returns>A check for each server and port in the configuration.</returns>
    public static IEnumerable<Check> Servers(NodeConfig config) =>
        config.Storage.SelectMany(Addresses).Distinct()
            .Select(server => new Check("server", async cancel => [await ProbeAsync(server, cancel)]));

    public static Check Helpers(DriverContext context) => new("helpers", async cancel =>
    {
        List<CheckResult> problems = [];
        foreach (var driver in context.Config.Storage.Select(context.Driver))
        {
            try
            {
                await driver.RequireClientAsync(cancel);
            }
            catch (AgentException e)
            {
                problems.Add(CheckResult.FromError("helpers", e.Error));
            }
        }

        if (context.Config.Storage.OfType<CfsStorage>().Any(storage => storage.Protocol != CfsProtocol.Turbo)
            && KernelVersions.ValidateModule(context.Root, "nfs") is { } problem)
        {
            problems.Add(new CheckResult("helpers", Verdict.Fail, problem, Hints.NfsModuleMissing, ErrorCode.MountHelperMissing));
        }

        var success = context.Config.Storage.Count == 0
            ? Messages.NoStorage
            : Messages.HelpersInstalled;
        return problems.Count > 0 ? problems : [new CheckResult("helpers", Verdict.Ok, success)];
    });

    public static Check Mounts(DriverContext context) => new("mounts", async cancel =>
    {
        var findings = await Verification.RunAsync(context, VerifyLimit, cancel);
        return findings.Count > 0
            ? [.. findings.Select(finding => CheckResult.FromError("mounts", finding.Problem, finding.LocalPath))]
            : [new CheckResult("mounts", Verdict.Ok, Messages.MountsAgree)];
    });

    /// <returns>A check of the NFS servers' answers since an earlier `health`; it has no result without an NFS mount.</returns>
    public static Check Nfs(DriverContext context) => new(
        "nfs", _ => Task.FromResult(Judge(new StorageState(context).ReadNfs(keep: false))));

    public static IReadOnlyList<CheckResult> Judge(NfsReading reading)
    {
        List<CheckResult> problems = [];
        foreach (var interval in reading.Mounts)
        {
            if (interval.Problem is { } problem)
            {
                problems.Add(new CheckResult("nfs", Verdict.Warn, problem, Hints.NfsSlow));
            }
        }

        if (reading.Tcp?.Problem is { } lost)
        {
            problems.Add(new CheckResult("nfs", Verdict.Warn, lost, Hints.PacketsLost));
        }

        return problems.Count > 0 || reading.Mounts.Count == 0 ? problems : [new CheckResult("nfs", Verdict.Ok, Messages.NfsAnswers)];
    }

    private static IEnumerable<Server> Addresses(Storage storage) => storage switch
    {
        CfsStorage cfs => CfsMount.Addresses(cfs).Select(host => new Server(host, CfsMount.Port(cfs), NfsVersion(cfs.Protocol))),
        GooseFsStorage goose => goose.Masters.Select(ParseMaster),
        GooseFsxStorage goose => goose.Masters.Select(ParseMaster),
        _ => [],
    };

    private static int? NfsVersion(CfsProtocol protocol) => protocol switch
    {
        CfsProtocol.Nfs3 => 3,
        CfsProtocol.Nfs4 => 4,
        _ => null,
    };

    /// <param name="master">HOST:PORT, as the configuration's reader requires.</param>
    private static Server ParseMaster(string master)
    {
        var colon = master.LastIndexOf(':');
        return new Server(
            master[..colon], int.Parse(master.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture), NfsVersion: null);
    }

    private static async Task<CheckResult> ProbeAsync(Server server, CancellationToken cancel)
    {
        IPAddress[] addresses;
        try
        {
            addresses = await NameLookup.FindAsync(server.Host, ResolveLimit, cancel);
        }
        catch (NameResolutionException e)
        {
            return Fail(e.Text, Hints.ServerNameUnresolved);
        }

        if (addresses.Select(TcpProbe.SourceFor).FirstOrDefault(found => found is not null) is not { } source)
        {
            var tried = string.Join(", ", addresses.Take(3).Select(address => $"{address}"));
            return Fail(Messages.NoRoute(server.Host, tried), Hints.NoRoute);
        }

        var start = TimeProvider.System.GetTimestamp();
        if (await TcpProbe.DialAsync(server.Host, server.Port, DialLimit, cancel) is { } problem)
        {
            return Fail(Messages.From(problem, $"{source}"), ErrorCode.MountUnreachable.Hint);
        }

        var milliseconds = TimeProvider.System.GetElapsedTime(start).TotalMilliseconds;
        var message = Messages.Accepts($"{server.Host}:{server.Port}", $"{milliseconds:0}", $"{source}");
        if (server.NfsVersion is not { } version)
        {
            return new CheckResult("server", Verdict.Ok, message);
        }

        return await NfsProbe.AskAsync(server.Host, server.Port, version, AnswerLimit, cancel) is { } error
            ? CheckResult.FromError("server", error)
            : new CheckResult(
                "server", Verdict.Ok, message + Messages.Serves(version) + await ExportsAsync(server.Host, cancel));

        static CheckResult Fail(LocalizedText text, LocalizedText fix) =>
            new("server", Verdict.Fail, text, fix, ErrorCode.MountUnreachable);
    }

    /// <returns>"; exports ...", or an empty string if rpcbind does not answer. Servers of CFS may have no rpcbind.</returns>
    private static async Task<LocalizedText> ExportsAsync(string host, CancellationToken cancel)
    {
        const int Rpcbind = 111;
        if (ProgramFinder.Find(new NodeRoot("/"), "showmount") is null
            || await TcpProbe.DialAsync(host, Rpcbind, TimeSpan.FromMilliseconds(300), cancel) is not null)
        {
            return "";
        }

        var exports = await ProgramRunner.RunAsync(["showmount", "--no-headers", "--exports", host], AnswerLimit, cancel);
        string[] lines = exports.Succeeded
            ? exports.Output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            : [];
        if (lines.Length == 0)
        {
            return "";
        }

        const int MaxShown = 4;
        var shown = lines.Take(MaxShown)
            .Select(line => TerminalText.OneLine(string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))));
        return Messages.Exports(string.Join("; ", shown))
            + (lines.Length > MaxShown ? Reporting.Hints.More(lines.Length - MaxShown) : "");
    }

    /// <param name="NfsVersion">Null if it is not an NFS server.</param>
    private sealed record Server(string Host, int Port, int? NfsVersion);
}
