using System.Net;
using System.Text;
using System.Text.Json;
using Thpc.NodeAgent.Host.Tls;

namespace Thpc.NodeAgent.Host;

/// <summary>A key pair for COS; the token belongs to a temporary one.</summary>
internal sealed record CosCredential(string SecretId, string SecretKey, string? Token, string Origin)
{
    /// <summary>When a temporary one ends; null where that is not known.</summary>
    public DateTimeOffset? Expires { get; init; }

    public override string ToString() => $"credential of {Origin}";
}

/// <summary>
/// The cloud's metadata service (http://metadata.tencentyun.com, no token needed). Off the cloud there is none, and a look
/// takes no longer than its limit.
/// </summary>
/// <param name="endpoint">Null switches it off.</param>
internal sealed class MetadataService(Uri? endpoint) : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);
    private const int MostBytes = 1 << 20;
    private readonly HttpClient? _client = endpoint is null ? null : new(new SocketsHttpHandler
    {
        // Whoever could set a proxy here could hand this node a role of his own.
        UseProxy = false,
        AllowAutoRedirect = false,
        ConnectTimeout = Limit,
        SslOptions = new CertificateVerifier(Authorities.OfMachine()).Options(),
        ConnectCallback = (context, cancel) => Network.OpenAsync(context.DnsEndPoint, Limit, cancel),
        UseCookies = false,
    })
    {
        BaseAddress = new Uri(endpoint, "/latest/meta-data/"),
        MaxResponseContentBufferSize = MostBytes,
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <returns>The value in one line; null where the service, or the value, is not there.</returns>
    public async Task<string?> TryGetAsync(string path, CancellationToken cancel)
    {
        var (text, _) = await GetAsync(path, cancel);
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

    /// <summary>A temporary credential of the role bound to this instance.</summary>
    /// <exception cref="AgentException">COS_CREDENTIALS, with the reason.</exception>
    public async Task<CosCredential> GetRoleCredentialAsync(CancellationToken cancel)
    {
        var (names, why) = await GetAsync("cam/security-credentials/", cancel);
        var role = names?.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        if (role is null)
        {
            throw new AgentException(ErrorCode.CosCredentials, $"the metadata service gave no role: {why ?? "none is bound to this instance"}");
        }

        (var text, why) = await GetAsync($"cam/security-credentials/{Uri.EscapeDataString(role)}", cancel);
        try
        {
            using var document = JsonDocument.Parse(text ?? "{}");
            var answer = document.RootElement;
            string? Text(string name) => answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
            if (Text("Code") == "Success" && Text("TmpSecretId") is { Length: > 0 } id && Text("TmpSecretKey") is { Length: > 0 } key && Text("Token") is { Length: > 0 } token)
            {
                return new CosCredential(id, key, token, $"role {Words.OneLine(role)}")
                {
                    Expires = answer.TryGetProperty("ExpiredTime", out var expired) && expired.ValueKind == JsonValueKind.Number && expired.TryGetInt64(out var seconds) && seconds is > 0 and < 253402300800 ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null,
                };
            }

            why ??= $"the answer's Code is {Words.OneLine(Text("Code") ?? "missing")}";
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Half a surrogate pair as an escape is well-formed JSON and yet no string.
            why = "the answer is no JSON, or has an escape that is no character";
        }

        throw new AgentException(ErrorCode.CosCredentials, $"the metadata service gave no credential for role {Words.OneLine(role)}: {why}");
    }

    public void Dispose() => _client?.Dispose();

    private async Task<(string? Text, string? Why)> GetAsync(string path, CancellationToken cancel)
    {
        if (_client is null)
        {
            return (null, "it is switched off in the configuration (metadata.endpoint)");
        }

        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        timer.CancelAfter(Limit);
        try
        {
            using var answer = await _client.GetAsync(new Uri(path, UriKind.Relative), timer.Token).WaitAsync(timer.Token);
            return answer.StatusCode == HttpStatusCode.OK
                ? (Encoding.UTF8.GetString(await answer.Content.ReadAsByteArrayAsync(timer.Token)), null)
                : (null, $"HTTP {(int)answer.StatusCode} for {path}");
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return (null, $"no answer within {Limit.TotalSeconds:0} s");
        }
        catch (HttpRequestException e)
        {
            return (null, Words.OneLine(e.Message));
        }
    }
}
