using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Doctor.Checks;

/// <summary>The clock, the metadata service and the credentials for COS.</summary>
internal static class CloudChecks
{
    // The agent's signatures for COS are valid from one minute ago and for half an hour.
    private static readonly TimeSpan MaxSkew = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan WarnSkew = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan MinLifetime = TimeSpan.FromMinutes(10);

    public static Check Clock(DoctorContext context) => new("clock", async cancel =>
    {
        var (date, source) = (await context.Metadata.TryGetDateAsync(cancel), Messages.MetadataService);
        if (date is null && context.Config.InitScripts.FirstOrDefault(script => !script.Location.IsFile) is { } remote)
        {
            source = remote.Location.Host;
            date = (await TryHeadAsync(context, remote, cancel))?.Date;
        }

        return [Clock(date, TimeProvider.System.GetUtcNow(), source)];
    });

    /// <param name="serverTime">From the HTTP Date header, so in whole seconds; null if no server sent one.</param>
    /// <param name="source">The server's name, for the message.</param>
    public static CheckResult Clock(DateTimeOffset? serverTime, DateTimeOffset now, LocalizedText source)
    {
        var time = $"{now:yyyy-MM-dd HH:mm:ss}Z";
        if (serverTime is not { } date)
        {
            var message = Messages.NoServerTime(time);
            return now.Year < 2025
                ? new CheckResult("clock", Verdict.Fail, message, Hints.SetClock)
                : new CheckResult("clock", Verdict.Ok, message);
        }

        var skew = (now - date).Duration();
        var seconds = $"{skew.TotalSeconds:0}";
        var comparison = skew < TimeSpan.FromSeconds(2) ? Messages.SameTime(time, source)
            : now > date ? Messages.Ahead(time, seconds, source)
            : Messages.Behind(time, seconds, source);
        return skew > MaxSkew ? new CheckResult("clock", Verdict.Fail, comparison, Hints.SetClockForCos)
            : skew > WarnSkew ? new CheckResult("clock", Verdict.Warn, comparison, Hints.CheckTimeSync)
            : new CheckResult("clock", Verdict.Ok, comparison);
    }

    public static Check Metadata(DoctorContext context) => new("metadata", async cancel =>
    {
        if (context.Config.MetadataEndpoint is not { } endpoint)
        {
            return [new CheckResult("metadata", Verdict.Ok, Messages.MetadataDisabled)];
        }

        var region = context.Metadata.TryGetAsync("placement/region", cancel);
        var role = context.Metadata.TryGetAsync("cam/security-credentials/", cancel);
        var required = context.Config.Cos.Credentials == CosCredentialSource.Role;
        if (await context.Metadata.TryGetAsync("instance-id", cancel) is not { } instance)
        {
            var verdict = required ? Verdict.Fail : Verdict.Warn;
            return [new CheckResult("metadata", verdict, Messages.NoInstanceId($"{endpoint}"), Hints.MetadataUnreachable)];
        }

        var message = Messages.Instance(instance, await region ?? Messages.UnknownRegion, await role ?? Messages.NoRole);
        return [new CheckResult("metadata", Verdict.Ok, message)];
    });

    public static Check Credentials(DoctorContext context) => new("credentials", async cancel =>
    {
        if (!context.Config.InitScripts.Any(script => script.Location.Scheme == "cos" && script.IsFor(context.Config.Cluster.Role)))
        {
            return [new CheckResult("credentials", Verdict.Ok, Messages.CredentialNotNeeded)];
        }

        return await context.CredentialAsync(cancel) is not { } credential
            ? [new CheckResult("credentials", Verdict.Ok, Messages.Unsigned)]
            : [Lifetime(Messages.Credential(credential.Origin), credential.Expires, TimeProvider.System.GetUtcNow())];
    });

    /// <param name="name">The credential's source, never its value.</param>
    /// <param name="expires">Null if the credential does not expire.</param>
    public static CheckResult Lifetime(LocalizedText name, DateTimeOffset? expires, DateTimeOffset now) => (expires - now) switch
    {
        null => new CheckResult("credentials", Verdict.Ok, name),
        { } left when left <= TimeSpan.Zero => new CheckResult(
            "credentials",
            Verdict.Fail,
            Messages.Expired(name, $"{expires:yyyy-MM-dd HH:mm:ss}Z"),
            Hints.CredentialExpired,
            ErrorCode.CosCredentials),
        { } left when left < MinLifetime => new CheckResult(
            "credentials", Verdict.Warn, Messages.ExpiresSoon(name, $"{left.TotalMinutes:0}"), Hints.CredentialExpiresSoon),
        { } left => new CheckResult(
            "credentials", Verdict.Ok, Messages.Expires(name, $"{Math.Floor(left.TotalHours):0}", left.Minutes)),
    };

    private static async Task<ObjectHead?> TryHeadAsync(DoctorContext context, InitScript script, CancellationToken cancel)
    {
        try
        {
            return await context.Cos.HeadAsync(
                script.Location, await context.CredentialAsync(cancel), TimeSpan.FromSeconds(2), cancel);
        }
        catch (AgentException)
        {
            return null;
        }
    }
}
