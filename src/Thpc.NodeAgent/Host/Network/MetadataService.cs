using System.Net;
using System.Text;
using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Network.Tls;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host.Network;

/// <summary>
/// The cloud's metadata service (http://metadata.tencentyun.com, no token needed). Outside the cloud it does not exist; each request
/// has a limit of 3 s.
/// </summary>
/// <param name="endpoint">Null switches it off.</param>
internal sealed class MetadataService(Uri? endpoint) : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);
    private const int MaxBytes = 1 << 20;
    private readonly HttpClient? _client = endpoint is null ? null : new(new SocketsHttpHandler
    {
        // A proxy could give this node a foreign role.
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

    /// <returns>The value, at most 255 characters; null if the service does not answer or has no such value.</returns>
    public async Task<string?> TryGetAsync(string path, CancellationToken cancel)
    {
        var text = (await GetAsync(path, cancel)).Text;
        return text is not null && text.Trim() is { Length: > 0 and < 256 } value && !value.Any(char.IsControl) ? value : null;
    }

    /// <returns>The service's time; null if it does not answer or does not send its time.</returns>
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

    /// <summary>Whether the configuration switches it off.</summary>
    public bool IsOff => _client is null;

    /// <summary>Gets a temporary credential of the role bound to this instance. It retries after no answer, 429 and 5xx.</summary>
    /// <param name="limit">For all attempts together.</param>
    /// <param name="note">Called with a sentence for each failed attempt.</param>
    /// <returns>Null if no role is bound: 404, or an empty list.</returns>
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
            if (!fault.IsTransient || left < TimeSpan.FromSeconds(1))
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

    /// <returns>Both null if no role is bound.</returns>
    private async Task<(CosCredential? Credential, RoleFault? Fault)> TryGetRoleCredentialAsync(CancellationToken cancel)
    {
        var names = await GetAsync("cam/security-credentials/", cancel);
        if (names.Text is null && names.Status != HttpStatusCode.NotFound)
        {
            return (null, new($"cannot get the bound role from the metadata service: {names.Problem}", names.IsTransient));
        }

        var role = names.Text?.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        if (role is null)
        {
            return default;
        }

        var answer = await GetAsync($"cam/security-credentials/{Uri.EscapeDataString(role)}", cancel);
        var what = $"cannot get a credential of role {OutputText.OneLine(role)} from the metadata service";
        if (answer.Text is null)
        {
            return (null, new($"{what}: {answer.Problem}", answer.IsTransient));
        }

        var (credential, problem) = RoleCredential.Parse(answer.Text, $"role {OutputText.OneLine(role)}");
        if (credential is null)
        {
            return (null, new($"{what}: {problem}", IsTransient: false));
        }

        // Compare with the service's time: the node's clock may be wrong.
        return credential.Expires <= (answer.Date ?? DateTimeOffset.UtcNow)
            ? (null, new($"{what}: its credential expired at {credential.Expires:yyyy-MM-dd HH:mm:ss}Z", IsTransient: true))
            : (credential, null);
    }

    private async Task<Answer> GetAsync(string path, CancellationToken cancel)
    {
        if (_client is null)
        {
            return new(null, "the configuration switches it off (metadata.endpoint)");
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
            return new(null, $"no answer within {Limit.TotalSeconds:0} s", IsTransient: true);
        }
        catch (HttpRequestException e)
        {
            return new(null, OutputText.OneLine(e.Message), IsTransient: true);
        }
    }

    /// <param name="Text">The body; null after a failure.</param>
    /// <param name="Problem">The reason of the failure.</param>
    /// <param name="IsTransient">Whether a retry may succeed.</param>
    /// <param name="Status">Null if the service did not answer.</param>
    private readonly record struct Answer(string? Text, string? Problem, bool IsTransient = false, HttpStatusCode? Status = null)
    {
        public DateTimeOffset? Date { get; init; }
    }

    private sealed record RoleFault(string Message, bool IsTransient)
    {
        public LocalizedText Hint => IsTransient ? Hints.CheckMetadataService : Hints.CheckRole;
    }
}
