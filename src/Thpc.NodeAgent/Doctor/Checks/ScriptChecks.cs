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

/// <summary>Checks that each init script can be fetched and run, without running it: DNS, TLS, signature, size, interpreter.</summary>
internal static class ScriptChecks
{
    private const int HeadBytes = 300;
    private static readonly TimeSpan ResolveLimit = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(3);

    public static IEnumerable<Check> All(DoctorContext context) =>
    [
        .. Scripts(context).Where(script => !script.Location.IsFile).Select(script => script.Location.Host).Distinct()
            .Select(host => new Check("cos", cancel => CheckHostAsync(context, host, cancel))),
        .. Scripts(context).Select(script => new Check("script", cancel => CheckScriptAsync(context, script, cancel))),
    ];

    /// <summary>
    /// Whether an address is private: RFC 1918, RFC 6598, link-local, loopback, or 9/8 or 11/8.
    /// Inside its own region COS has such an address.
    /// </summary>
    public static bool IsPrivate(IPAddress address) =>
        address.MapToIPv4().GetAddressBytes() is var bytes
        && (address.IsIPv4MappedToIPv6 || address.AddressFamily == AddressFamily.InterNetwork)
            ? bytes is [10, ..] or [127, ..] or [169, 254, ..] or [192, 168, ..] or [172, >= 16 and < 32, ..] or [100, >= 64 and < 128, ..]
                or [9, ..] or [11, ..]
            : address.IsIPv6UniqueLocal || address.IsIPv6LinkLocal || IPAddress.IsLoopback(address);

    /// <returns>The object's size, CRC-64 and age, as far as the server sent them.</returns>
    public static LocalizedText Describe(ObjectHead head, DateTimeOffset now)
    {
        LocalizedText?[] parts =
        [
            head.Length is { } length ? Messages.Bytes(length) : null,
            head.Crc64 is { } crc ? (LocalizedText)$"CRC-64 {TerminalText.OneLine(crc)}" : null,
            head.Modified is { } modified ? Changed(now - modified) : null,
        ];
        return LocalizedText.Join(LocalizedText.Comma, [.. parts.OfType<LocalizedText>()]);
    }

    private static IEnumerable<InitScript> Scripts(DoctorContext context) =>
        context.Config.InitScripts.Where(script => script.IsFor(context.Config.Cluster.Role));

    private static LocalizedText Changed(TimeSpan age) =>
        age.TotalDays >= 2 ? Messages.ChangedDaysAgo($"{age.TotalDays:0}")
        : age.TotalHours >= 2 ? Messages.ChangedHoursAgo($"{age.TotalHours:0}")
        : Messages.ChangedMinutesAgo($"{Math.Max(0, age.TotalMinutes):0}");

    private static async Task<IReadOnlyList<CheckResult>> CheckHostAsync(DoctorContext context, string host, CancellationToken cancel)
    {
        if (context.Config.Cos.Endpoint is { } endpoint)
        {
            return [await TcpProbe.DialAsync(endpoint.Host, endpoint.Port, AnswerLimit, cancel) is { } problem
                ? new CheckResult("cos", Verdict.Fail, Messages.Gateway(problem), Hints.GatewayUnreachable, ErrorCode.CosUnreachable)
                : new CheckResult("cos", Verdict.Ok, Messages.ByGateway(host, endpoint.GetLeftPart(UriPartial.Authority)))];
        }

        IPAddress[] addresses;
        try
        {
            addresses = await NameLookup.FindAsync(host, ResolveLimit, cancel);
        }
        catch (NameResolutionException e)
        {
            return [new CheckResult("cos", Verdict.Fail, e.Text, Hints.CosNameUnresolved, ErrorCode.CosUnreachable)];
        }

        var resolved = Messages.HostIs(host, LocalizedText.Join(LocalizedText.Comma, [.. addresses.Take(3).Select(
            address => IsPrivate(address) ? Messages.Private($"{address}") : Messages.Public($"{address}"))]));
        return [await TcpProbe.DialAsync(host, 443, AnswerLimit, cancel) is { } refusal
            ? new CheckResult(
                "cos", Verdict.Fail, resolved + LocalizedText.Semicolon + refusal, ErrorCode.CosUnreachable.Hint,
                ErrorCode.CosUnreachable)
            : new CheckResult("cos", Verdict.Ok, resolved)];
    }

    private static async Task<IReadOnlyList<CheckResult>> CheckScriptAsync(
        DoctorContext context, InitScript script, CancellationToken cancel)
    {
        var name = script.DisplayName;
        if (script.Location.IsFile)
        {
            var local = await FileHead.ReadAsync(context.Root.On(script.Location.LocalPath), HeadBytes, AnswerLimit, cancel)
                ?? throw new AgentException(ErrorCode.CosNotFound, Messages.ScriptMissing(name), Hints.ScriptFileMissing);
            var signer = await SignerAsync(
                context, script, (path, count) => FileHead.ReadAsync(context.Root.On(path.LocalPath), count, AnswerLimit, cancel), cancel);
            return [CheckInterpreter(local, name, Messages.OnThisNode + signer)];
        }

        var credential = script.Location.Scheme == "cos" ? await context.CredentialAsync(cancel) : null;

        // First, because the answer to a refused HEAD does not name the reason.
        var head = await context.Cos.ReadStartAsync(script.Location, credential, HeadBytes, AnswerLimit, cancel);
        var metadata = await context.Cos.HeadAsync(script.Location, credential, AnswerLimit, cancel);
        if (metadata.Length > ScriptSource.MaxBytes)
        {
            throw new AgentException(
                ErrorCode.ScriptTooLarge, Messages.ScriptTooLarge(name, metadata.Length.Value, ScriptSource.MaxBytes >> 20));
        }

        var signedBy = await SignerAsync(
            context, script, async (path, count) => await context.Cos.ReadStartAsync(path, credential, count, AnswerLimit, cancel), cancel);
        return [CheckInterpreter(head, name, Describe(metadata, TimeProvider.System.GetUtcNow()) + signedBy)];
    }

    /// <summary>Verifies a script's signature, if the configuration requires one.</summary>
    /// <param name="readAsync">Reads at most the given number of bytes; returns null if there is no such file.</param>
    /// <returns>", signed by SIGNER", or an empty string if no signature is required.</returns>
    /// <exception cref="AgentException">SCRIPT_SIGNATURE.</exception>
    private static async Task<LocalizedText> SignerAsync(
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
            throw new AgentException(ScriptSigners.Missing(script.DisplayName, e.Message));
        }

        var content = await readAsync(script.Location, (int)ScriptSource.MaxBytes + 1);
        if (signature is null || content is null)
        {
            throw new AgentException(ScriptSigners.Missing(script.DisplayName, Messages.NoSuchFile.English));
        }

        var signer = signers.Verify(
            signature, hash => CryptographicOperations.HashData(hash, content), script.DisplayName, DateTimeOffset.UtcNow);
        return Messages.SignedBy(signer.Description);
    }

    private static CheckResult CheckInterpreter(byte[] head, string name, LocalizedText details)
    {
        var shebang = Shebang.Parse(head, name);
        shebang.RequireInterpreter(name);
        return new CheckResult("script", Verdict.Ok, Messages.Script(name, details, TerminalText.OneLine(shebang.Interpreter)));
    }
}
