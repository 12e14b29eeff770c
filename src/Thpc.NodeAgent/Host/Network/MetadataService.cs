using System.Net;
using System.Text;
using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Network.Tls;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host.Network;

/// <summary>
/// The cloud's metadata service (http://metadata.tencentyun.com, no token needed). Off the cloud there is none, and a look
/// takes no longer than its limit.
/// </summary>
/// <param name="endpoint">Null switches it off.</param>
internal sealed class MetadataService(Uri? endpoint) : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);
    private const int MaxBytes = 1 << 20;
    private readonly HttpClient? _client = endpoint is null ? null : new(new SocketsHttpHandler
    {
        // Whoever could set a proxy here could hand this node a role of his own.
        UseProxy = false,
        AllowAutoRedirect = false,
        ConnectTimeout = Limit,
        SslOptions = new CertificateVerifier(CertificateAuthorities.OfMachine()).Options(),
        ConnectCallback = (context, cancel) => TcpProbe.OpenAsync(context.DnsEndPoint, Limit, cancel),
        UseCookies = false,
    })
    {
        BaseAddress = new Uri(endpoint, "/latest/meta-data/"),
        MaxResponseContentBufferSize = MaxBytes,
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <returns>The value in one line; null where the service, or the value, is not there.</returns>
    public async Task<string?> TryGetAsync(string path, CancellationToken cancel)
    {
        var text = (await GetAsync(path, cancel)).Text;
        return text is not null && text.Trim() is { Length: > 0 and < 256 } value && !value.Any(char.IsControl) ? value : null;
    }

    /// <summary>The service's own clock; null where it does not answer, or does not say.</summary>
    public async Task<DateTimeOffset?> TryGetDateAsync(CancellationToken cancel)
    {
        if (_client is null)
        {
            return null;
        }

        try
        {
            using var answer = await _client.GetAsync(new Uri("instance-id", UriKind.Relative), cancel).WaitAsync(Limit, cancel);
            return answer.Headers.Date;
        }
        catch (Exception e) when (e is HttpRequestException or TimeoutException)
        {
            return null;
        }
    }

    /// <summary>Whether the configuration has it off: nobody is asked then.</summary>
    public bool IsOff => _client is null;

    /// <summary>A temporary credential of the role bound to this instance. What may heal by itself is asked for again: silence, 429, 5xx.</summary>
    /// <param name="limit">For all attempts; after the last one that ends within it, its fault is thrown.</param>
    /// <param name="note">Gets every attempt that failed.</param>
    /// <returns>Null where no role is bound: 404, or an empty list.</returns>
    /// <exception cref="AgentException">COS_CREDENTIALS, with the reason.</exception>
    public async Task<CosCredential?> GetRoleCredentialAsync(TimeSpan limit, Action<string> note, CancellationToken cancel)
    {
        var start = TimeProvider.System.GetTimestamp();
        var pauses = new Backoff(TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(8));
        for (var attempt = 1; ; attempt++)
        {
            var (credential, fault) = await TryGetRoleCredentialAsync(cancel);
            if (fault is null)
            {
                return credential;
            }

            var left = limit - TimeProvider.System.GetElapsedTime(start);
            if (!fault.MayHeal || left < TimeSpan.FromSeconds(1))
            {
                var tries = attempt > 1 ? $" (attempt {attempt}, {TimeProvider.System.GetElapsedTime(start).TotalSeconds:0} s after the first)" : "";
                throw new AgentException(ErrorCode.CosCredentials, fault.Message + tries, fault.Hint);
            }

            var pause = pauses.Next(left);
            note($"attempt {attempt}: {fault.Message}; again in {pause.TotalSeconds:0.0} s");
            await Task.Delay(pause, cancel);
        }
    }

    public void Dispose() => _client?.Dispose();

    /// <returns>Neither where no role is bound.</returns>
    private async Task<(CosCredential? Credential, RoleFault? Fault)> TryGetRoleCredentialAsync(CancellationToken cancel)
    {
        var names = await GetAsync("cam/security-credentials/", cancel);
        if (names.Text is null && names.Status != HttpStatusCode.NotFound)
        {
            return (null, new($"the metadata service did not say which role is bound: {names.Problem}", names.MayHeal));
        }

        var role = names.Text?.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        if (role is null)
        {
            return default;
        }

        var answer = await GetAsync($"cam/security-credentials/{Uri.EscapeDataString(role)}", cancel);
        var what = $"the metadata service gave no credential for role {OutputText.OneLine(role)}";
        if (answer.Text is null)
        {
            return (null, new($"{what}: {answer.Problem}", answer.MayHeal));
        }

        var (credential, problem) = RoleCredential.Parse(answer.Text, $"role {OutputText.OneLine(role)}");
        if (credential is null)
        {
            return (null, new($"{what}: {problem}", MayHeal: false));
        }

        // By the service's own clock, for the node's may be wrong.
        return credential.Expires <= (answer.Date ?? DateTimeOffset.UtcNow)
            ? (null, new($"{what}: the one that it has expired at {credential.Expires:yyyy-MM-dd HH:mm:ss}Z", MayHeal: true))
            : (credential, null);
    }

    private async Task<Answer> GetAsync(string path, CancellationToken cancel)
    {
        if (_client is null)
        {
            return new(null, "it is switched off in the configuration (metadata.endpoint)");
        }

        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        timer.CancelAfter(Limit);
        try
        {
            using var answer = await _client.GetAsync(new Uri(path, UriKind.Relative), timer.Token).WaitAsync(timer.Token);
            var status = (int)answer.StatusCode;
            return status == 200
                ? new(Encoding.UTF8.GetString(await answer.Content.ReadAsByteArrayAsync(timer.Token)), null) { Date = answer.Headers.Date }
                : new(null, $"HTTP {status} for {path}", status is 429 or >= 500, answer.StatusCode);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new(null, $"no answer within {Limit.TotalSeconds:0} s", MayHeal: true);
        }
        catch (HttpRequestException e)
        {
            return new(null, OutputText.OneLine(e.Message), MayHeal: true);
        }
    }

    /// <param name="Text">The body; null where there is none.</param>
    /// <param name="Problem">Why there is none.</param>
    /// <param name="Status">Null where nothing answered.</param>
    private readonly record struct Answer(string? Text, string? Problem, bool MayHeal = false, HttpStatusCode? Status = null)
    {
        public DateTimeOffset? Date { get; init; }
    }

    private sealed record RoleFault(string Message, bool MayHeal)
    {
        private static readonly LocalizedText Silent = new(
            "Look at the metadata service from the node: `curl http://metadata.tencentyun.com/latest/meta-data/`. Off the cloud set cos.credentials, or metadata.endpoint = \"\".",
            "请在节点上检查元数据服务：`curl http://metadata.tencentyun.com/latest/meta-data/`。不在云上时请设置 cos.credentials，或 metadata.endpoint = \"\"。");

        private static readonly LocalizedText Role = new(
            "Look at the CAM role that is bound to the instance: it must exist and allow the instance to use it.",
            "请检查绑定到该实例的 CAM 角色：它必须存在，且允许该实例使用。");

        public LocalizedText Hint => MayHeal ? Silent : Role;
    }
}
