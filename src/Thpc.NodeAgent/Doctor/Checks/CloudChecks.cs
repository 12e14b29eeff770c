using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Doctor.Checks;

/// <summary>Who this machine is to its cloud, what time it has, and with which keys it asks.</summary>
internal static class CloudChecks
{
    // COS refuses a signature whose time is over: those of the agent are valid for half an hour, from a minute ago.
    private static readonly TimeSpan MaxSkew = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan NotableSkew = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan SoonOver = TimeSpan.FromMinutes(10);

    public static Check Clock(DoctorContext context) => new("clock", async cancel =>
    {
        var (date, source) = (await context.Metadata.TryGetDateAsync(cancel), "the metadata service");
        if (date is null && context.Config.InitScripts.FirstOrDefault(script => !script.Location.IsFile) is { } remote)
        {
            source = remote.Location.Host;
            date = (await TryHeadAsync(context, remote, cancel))?.Date;
        }

        return [Clock(date, TimeProvider.System.GetUtcNow(), source)];
    });

    /// <param name="theirs">To the second, as HTTP has it; null where nobody told.</param>
    public static CheckResult Clock(DateTimeOffset? theirs, DateTimeOffset ours, string source)
    {
        if (theirs is not { } date)
        {
            return new CheckResult("clock", ours.Year < 2025 ? Verdict.Fail : Verdict.Ok, $"{ours:yyyy-MM-dd HH:mm:ss}Z; no server told its own time to compare with", ours.Year < 2025 ? new("Set the clock: `chronyc makestep`, or `timedatectl set-ntp true`.", "请校准时钟：`chronyc makestep` 或 `timedatectl set-ntp true`。") : null);
        }

        var skew = (ours - date).Duration();
        var measured = $"{ours:yyyy-MM-dd HH:mm:ss}Z, {(skew < TimeSpan.FromSeconds(2) ? "as" : $"{skew.TotalSeconds:0} s {(ours > date ? "ahead of" : "behind")}")} {source}";
        return skew > MaxSkew ? new CheckResult("clock", Verdict.Fail, measured, new("Set the clock (`chronyc makestep`, or `timedatectl set-ntp true`): COS refuses signatures of another time, and TLS certificates seem not valid.", "请校准时钟（`chronyc makestep` 或 `timedatectl set-ntp true`）：时间不符时 COS 会拒绝签名，TLS 证书也会被判为无效。"))
            : skew > NotableSkew ? new CheckResult("clock", Verdict.Warn, measured, new("See whether time synchronisation runs: `chronyc tracking`, or `timedatectl`.", "请检查时间同步是否在运行：`chronyc tracking` 或 `timedatectl`。"))
            : new CheckResult("clock", Verdict.Ok, measured);
    }

    public static Check Metadata(DoctorContext context) => new("metadata", async cancel =>
    {
        if (context.Config.MetadataEndpoint is not { } endpoint)
        {
            return [new CheckResult("metadata", Verdict.Ok, "switched off in the configuration (metadata.endpoint)")];
        }

        var region = context.Metadata.TryGetAsync("placement/region", cancel);
        var role = context.Metadata.TryGetAsync("cam/security-credentials/", cancel);
        var needed = context.Config.Cos.Credentials == CosCredentialSource.Role;
        return await context.Metadata.TryGetAsync("instance-id", cancel) is { } instance
            ? [new CheckResult("metadata", Verdict.Ok, $"instance {instance}, region {await region ?? "not told"}, role {await role ?? "none"}")]
            : [new CheckResult("metadata", needed ? Verdict.Fail : Verdict.Warn, $"{endpoint} does not tell the instance id", new("Off the cloud set metadata.endpoint = \"\"; on it check the route to 169.254.0.23 and the resolver of metadata.tencentyun.com.", "不在云上时请设置 metadata.endpoint = \"\"；在云上请检查到 169.254.0.23 的路由以及 metadata.tencentyun.com 的域名解析。"))];
    });

    public static Check Credentials(DoctorContext context) => new("credentials", async cancel =>
    {
        if (!context.Config.InitScripts.Any(script => script.Location.Scheme == "cos" && script.IsFor(context.Config.Cluster.Role)))
        {
            return [new CheckResult("credentials", Verdict.Ok, "no init script is on COS: none are needed")];
        }

        return await context.CredentialAsync(cancel) is not { } credential
            ? [new CheckResult("credentials", Verdict.Ok, "none: requests are not signed")]
            : [Lifetime(credential.ToString(), credential.Expires, TimeProvider.System.GetUtcNow())];
    });

    /// <param name="what">Whose, never their value.</param>
    public static CheckResult Lifetime(string what, DateTimeOffset? expires, DateTimeOffset now) => (expires - now) switch
    {
        null => new CheckResult("credentials", Verdict.Ok, what),
        { } left when left <= TimeSpan.Zero => new CheckResult("credentials", Verdict.Fail, $"{what}, over since {expires:yyyy-MM-dd HH:mm:ss}Z", new("Check the clock, and that the role is still bound to the instance.", "请检查时钟，并确认实例角色仍绑定在该实例上。"), ErrorCode.CosCredentials),
        { } left when left < SoonOver => new CheckResult("credentials", Verdict.Warn, $"{what}, over in {left.TotalMinutes:0} min", new("The metadata service gives a new one by itself; look again in a few minutes.", "元数据服务会自动更新凭证；请过几分钟再看。")),
        { } left => new CheckResult("credentials", Verdict.Ok, $"{what}, good for {Math.Floor(left.TotalHours):0} h {left.Minutes} min"),
    };

    private static async Task<ObjectHead?> TryHeadAsync(DoctorContext context, InitScript script, CancellationToken cancel)
    {
        try
        {
            return await context.Cos.HeadAsync(script.Location, await context.CredentialAsync(cancel), TimeSpan.FromSeconds(2), cancel);
        }
        catch (AgentException)
        {
            return null;
        }
    }
}
