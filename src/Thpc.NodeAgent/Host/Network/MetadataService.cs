using System.Net;
using System.Text;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Network.Tls;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host.Network;

/// <param name="Text">The body; null after a failure.</param>
/// <param name="Problem">The reason of the failure.</param>
/// <param name="IsTransient">Whether a retry may succeed.</param>
/// <param name="Status">Null if the service did not answer.</param>
internal readonly record struct MetadataResponse(
    string? Text, LocalizedText? Problem, bool IsTransient = false, HttpStatusCode? Status = null)
{
    public DateTimeOffset? Date { get; init; }
}

/// <summary>
/// The cloud's metadata service (http://metadata.tencentyun.com, no token needed). Outside the cloud it does not exist; each request
/// has a limit of 3 s.
/// </summary>
/// <param name="endpoint">Null switches it off.</param>
internal sealed class MetadataService(Uri? endpoint) : IDisposable
{
    internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);
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

    public void Dispose() => _client?.Dispose();

    /// <summary>Asks once, within 3 s.</summary>
    /// <param name="path">Below /latest/meta-data/.</param>
    public async Task<MetadataResponse> GetAsync(string path, CancellationToken cancel)
    {
        var start = TimeProvider.System.GetTimestamp();
        var response = await AskAsync(path, cancel);
        VerboseLog.Write($"metadata service, {path}", response.Problem?.English ?? "answered", start);
        return response;
    }

    private async Task<MetadataResponse> AskAsync(string path, CancellationToken cancel)
    {
        if (_client is null)
        {
            return new(null, Messages.MetadataOff);
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
            return new(null, Messages.NoAnswerWithin($"{Limit.TotalSeconds:0}"), IsTransient: true);
        }
        catch (HttpRequestException e)
        {
            return new(null, ConnectionException.Reason(e) ?? TerminalText.OneLine(e.Message), IsTransient: true);
        }
    }
}
