using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Network;
using Thpc.NodeAgent.Host.Signatures;
using Thpc.NodeAgent.Stages.Script;
using Thpc.NodeAgent.Stages.Shared;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Doctor.Checks;

/// <summary>Whether each init script can be had and run, without running it: name, address, TLS, signature, size, interpreter.</summary>
internal static class ScriptChecks
{
    private const int StartBytes = 300;
    private static readonly TimeSpan ResolveLimit = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(3);

    public static IEnumerable<Check> All(DoctorContext context) =>
    [
        .. Scripts(context).Where(script => !script.Location.IsFile).Select(script => script.Location.Host).Distinct().Select(host => new Check("cos", cancel => AddressAsync(context, host, cancel))),
        .. Scripts(context).Select(script => new Check("script", cancel => InspectAsync(context, script, cancel))),
    ];

    /// <summary>The networks of RFC 1918, RFC 6598 and link-local ones; COS answers from such an address inside its own region.</summary>
    public static bool IsPrivate(IPAddress address) => address.MapToIPv4().GetAddressBytes() is var bytes && (address.IsIPv4MappedToIPv6 || address.AddressFamily == AddressFamily.InterNetwork)
        ? bytes is [10, ..] or [127, ..] or [169, 254, ..] or [192, 168, ..] or [172, >= 16 and < 32, ..] or [100, >= 64 and < 128, ..] or [9, ..] or [11, ..]
        : address.IsIPv6UniqueLocal || address.IsIPv6LinkLocal || IPAddress.IsLoopback(address);

    /// <summary>What the server says of the object, for people.</summary>
    public static string Describe(ObjectHead head, DateTimeOffset now)
    {
        string?[] parts =
        [
            head.Length is { } length ? string.Create(CultureInfo.InvariantCulture, $"{length} bytes") : null,
            head.Crc64 is { } crc ? $"CRC-64 {OutputText.OneLine(crc)}" : null,
            head.Modified is { } modified ? $"changed {Age(now - modified)} ago" : null,
        ];
        return string.Join(", ", parts.Where(part => part is not null));
    }

    private static IEnumerable<InitScript> Scripts(DoctorContext context) => context.Config.InitScripts.Where(script => script.IsFor(context.Config.Cluster.Role));

    private static string Age(TimeSpan age) => age.TotalDays >= 2 ? $"{age.TotalDays:0} days" : age.TotalHours >= 2 ? $"{age.TotalHours:0} h" : $"{Math.Max(0, age.TotalMinutes):0} min";

    private static async Task<IReadOnlyList<CheckResult>> AddressAsync(DoctorContext context, string host, CancellationToken cancel)
    {
        if (context.Config.Cos.Endpoint is { } endpoint)
        {
            return [await TcpProbe.DialAsync(endpoint.Host, endpoint.Port, AnswerLimit, cancel) is { } silence
                ? new CheckResult("cos", Verdict.Fail, $"gateway: {silence}", new("Start the gateway that cos.endpoint names, or take the setting out.", "请启动 cos.endpoint 所指的网关，或去掉该配置项。"), ErrorCode.CosUnreachable)
                : new CheckResult("cos", Verdict.Ok, $"{host} by way of {endpoint.GetLeftPart(UriPartial.Authority)}")];
        }

        IPAddress[] addresses;
        try
        {
            addresses = await NameLookup.FindAsync(host, ResolveLimit, cancel);
        }
        catch (NameResolutionException e)
        {
            return [new CheckResult("cos", Verdict.Fail, e.Message, new("Check /etc/resolv.conf and the region in script_path.", "请检查 /etc/resolv.conf 以及 script_path 中的地域。"), ErrorCode.CosUnreachable)];
        }

        var where = string.Join(", ", addresses.Take(3).Select(address => $"{address} ({(IsPrivate(address) ? "private" : "public")})"));
        return [await TcpProbe.DialAsync(host, 443, AnswerLimit, cancel) is { } why
            ? new CheckResult("cos", Verdict.Fail, $"{host} is {where}; {why}", ErrorCode.CosUnreachable.Hint, ErrorCode.CosUnreachable)
            : new CheckResult("cos", Verdict.Ok, $"{host} is {where}")];
    }

    private static async Task<IReadOnlyList<CheckResult>> InspectAsync(DoctorContext context, InitScript script, CancellationToken cancel)
    {
        var name = script.DisplayName;
        if (script.Location.IsFile)
        {
            var start = await FileHead.ReadAsync(context.Root.On(script.Location.LocalPath), StartBytes, AnswerLimit, cancel)
                ?? throw new AgentException(ErrorCode.CosNotFound, $"{name}: there is no such file on this node", new("Put the script there, or correct script_path.", "请将脚本放到该位置，或修正 script_path。"));
            var signer = await SignerAsync(
                context, script, (path, count) => FileHead.ReadAsync(context.Root.On(path.LocalPath), count, AnswerLimit, cancel), cancel);
            return [Vetted(start, name, $"it is on this node{signer}")];
        }

        var credential = script.Location.Scheme == "cos" ? await context.CredentialAsync(cancel) : null;
        var head = await context.Cos.HeadAsync(script.Location, credential, AnswerLimit, cancel);
        if (head.Length > ScriptSource.MaxBytes)
        {
            throw new AgentException(ErrorCode.ScriptTooLarge, $"{name} has {head.Length} bytes, more than {ScriptSource.MaxBytes >> 20} MiB");
        }

        var beginning = await context.Cos.ReadStartAsync(script.Location, credential, StartBytes, AnswerLimit, cancel);
        var signedBy = await SignerAsync(
            context, script, async (path, count) => await context.Cos.ReadStartAsync(path, credential, count, AnswerLimit, cancel), cancel);
        return [Vetted(beginning, name, Describe(head, TimeProvider.System.GetUtcNow()) + signedBy)];
    }

    /// <summary>Who has signed a script, as the end of a sentence; empty where none needs to.</summary>
    /// <param name="readAsync">At most so many bytes; null where there is nothing.</param>
    private static async Task<string> SignerAsync(
        DoctorContext context, InitScript script, Func<Uri, int, Task<byte[]?>> readAsync, CancellationToken cancel)
    {
        if (context.Config.AllowedSigners is not { } path)
        {
            return "";
        }

        var signers = await ScriptSigners.ReadAsync(context.Root, path, cancel);
        byte[]? signature;
        try
        {
            signature = await readAsync(ScriptSource.SignatureOf(script.Location), SshSignature.MaxBytes + 1);
        }
        catch (AgentException e) when (e.Code == ErrorCode.CosNotFound)
        {
            throw ScriptSigners.Missing(script.DisplayName, e.Message);
        }

        var content = await readAsync(script.Location, (int)ScriptSource.MaxBytes + 1);
        if (signature is null || content is null)
        {
            throw ScriptSigners.Missing(script.DisplayName, "there is no such file on this node");
        }

        var signer = signers.Verify(
            signature, hash => CryptographicOperations.HashData(hash, content), script.DisplayName, DateTimeOffset.UtcNow);
        return $", signed by {signer.Description}";
    }

    private static CheckResult Vetted(byte[] start, string name, string measured)
    {
        var shebang = Shebang.Parse(start, name);
        shebang.RequireInterpreter(name);
        return new CheckResult("script", Verdict.Ok, $"{name}: {measured}, run by {OutputText.OneLine(shebang.Interpreter)}");
    }
}
