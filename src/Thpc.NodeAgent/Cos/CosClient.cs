using System.Globalization;
using System.Net.Http.Headers;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Network;
using Thpc.NodeAgent.Host.Network.Tls;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Cos;

/// <summary>An object that was fetched whole.</summary>
/// <param name="Sha256">Upper-case hex.</param>
internal sealed record FetchedObject(long Length, string Sha256);

/// <param name="Time">For everything; a script's own limit.</param>
/// <param name="Start">Since when the time counts, as <see cref="TimeProvider.GetTimestamp"/> has it.</param>
/// <param name="HashIsKnown">The caller compares the content's hash.</param>
internal sealed record FetchLimits(long MaxBytes, TimeSpan Time, long Start, bool HashIsKnown = false)
{
    /// <summary>Not negative.</summary>
    public TimeSpan Left => Time - TimeProvider.System.GetElapsedTime(Start) is { Ticks: > 0 } left ? left : TimeSpan.Zero;
}

/// <summary>What the server says of an object; null where it does not say.</summary>
/// <param name="Date">The server's own clock.</param>
internal sealed record ObjectHead(long? Length, string? Crc64, DateTimeOffset? Modified, DateTimeOffset? Date);

/// <summary>
/// Fetches objects: TLS verified by the machine's trust, no redirect followed, retried where that can help, checked by CRC-64
/// where the server gives one.
/// </summary>
/// <param name="endpoint">A private gateway that is connected to instead of the bucket's own host; the request still names the bucket's host.</param>
internal sealed class CosClient(Uri? endpoint) : IDisposable
{
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(15);

    private readonly CosRequestFactory _requests = new(endpoint);
    private readonly HttpClient _client = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = ConnectLimit,
        SslOptions = new CertificateVerifier(CertificateAuthorities.OfMachine()).Options(),
        ConnectCallback = (context, cancel) => TcpProbe.OpenAsync(context.DnsEndPoint, ConnectLimit, cancel),
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <summary>Fetches one object into a new private file, trying again until the limit is near.</summary>
    /// <param name="location">cos:// (signed unless there is no credential) or https:// (never signed).</param>
    /// <param name="note">Hears of every attempt that failed.</param>
    /// <exception cref="AgentException">
    /// COS_*, SCRIPT_TOO_LARGE, NO_SPACE; SCRIPT_TIMEOUT when the limit ran out in the middle of an answer, or while the first one was waited for.
    /// </exception>
    public async Task<FetchedObject> FetchAsync(
        Uri location, CosCredential? credential, string destination, FetchLimits limits, Action<string> note, CancellationToken cancel)
    {
        var (limit, start) = (limits.Time, limits.Start);
        var pauses = new CosRetryPolicy(limit);
        var host = location.Host;
        var backup = endpoint is null && location.Scheme == "cos" ? CosHosts.Backup(host) : null;
        CosFault? last = null;
        for (var attempt = 1; ; attempt++)
        {
            using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            timer.CancelAfter(limits.Left);
            var what = _requests.Describe(HttpMethod.Get, location, host);
            CosFault? fault;
            try
            {
                (var fetched, fault) = await TryAsync(location, host, credential, destination, limits, what, timer.Token);
                if (fetched is not null)
                {
                    return fetched;
                }
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                throw OutOfTime("while it was downloaded", ErrorCode.ScriptTimeout);
            }

            // An attempt that the limit cut off before there was any answer knows less than the one before it.
            cancel.ThrowIfCancellationRequested();
            fault ??= last ?? throw OutOfTime("before there was an answer", ErrorCode.CosUnreachable);
            if (fault.IsClock && _requests.CorrectClock(fault.Date, note))
            {
                continue;
            }

            if (pauses.Next(fault, limits.Left) is not { } pause)
            {
                var tries = attempt > 1 ? $" (attempt {attempt}, {TimeProvider.System.GetElapsedTime(start).TotalSeconds:0.#} s after the first)" : "";
                throw new AgentException(fault.Error.Code, fault.Error.Message + tries, fault.Error.Hint, fault.Error);
            }

            AgentException OutOfTime(string when, ErrorCode advice) => new(
                ErrorCode.ScriptTimeout, $"{what}: the script's limit of {limit.TotalSeconds:0.#} s ran out {when}{(last is null ? "" : $"; before that: {last.Error.Message}")}", advice.Hint);

            last = fault;
            note($"attempt {attempt}: {fault.Error.Message}; again in {pause.TotalSeconds:0.0} s");
            if (backup is not null && !fault.FromCos)
            {
                (host, backup) = (backup, host);
            }

            await Task.Delay(pause, cancel);
        }
    }

    /// <summary>What the server says of an object without giving it; one attempt.</summary>
    /// <exception cref="AgentException">COS_*.</exception>
    public Task<ObjectHead> HeadAsync(Uri location, CosCredential? credential, TimeSpan limit, CancellationToken cancel) =>
        AskAsync(HttpMethod.Head, location, credential, null, limit, (answer, _) => Task.FromResult(new ObjectHead(
            answer.Content.Headers.ContentLength, CosFault.Header(answer, "x-cos-hash-crc64ecma"), answer.Content.Headers.LastModified, answer.Headers.Date)), cancel);

    /// <summary>The first bytes of an object; one attempt. Fewer where it has no more.</summary>
    /// <exception cref="AgentException">COS_*.</exception>
    public Task<byte[]> ReadStartAsync(Uri location, CosCredential? credential, int count, TimeSpan limit, CancellationToken cancel) =>
        AskAsync(HttpMethod.Get, location, credential, new RangeHeaderValue(0, count - 1), limit, async (answer, token) =>
        {
            var start = new byte[count];
            await using var body = await answer.Content.ReadAsStreamAsync(token);
            return start[..await body.ReadAtLeastAsync(start, count, throwOnEndOfStream: false, token)];
        }, cancel);

    public void Dispose() => _client.Dispose();

    private async Task<T> AskAsync<T>(
        HttpMethod method, Uri location, CosCredential? credential, RangeHeaderValue? range, TimeSpan limit,
        Func<HttpResponseMessage, CancellationToken, Task<T>> read, CancellationToken cancel)
    {
        var what = _requests.Describe(method, location, location.Host);
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        timer.CancelAfter(limit);
        try
        {
            while (true)
            {
                using var request = _requests.Create(method, location, location.Host, credential);
                request.Headers.Range = range;
                using var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timer.Token).WaitAsync(timer.Token);
                if (answer.IsSuccessStatusCode)
                {
                    return await read(answer, timer.Token);
                }

                var fault = await CosFault.FromAnswerAsync(answer, what, timer.Token);
                if (!fault.IsClock || !_requests.CorrectClock(fault.Date, _ => { }))
                {
                    throw fault.Error;
                }
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new AgentException(ErrorCode.CosUnreachable, $"{what}: no answer within {limit.TotalSeconds:0.#} s");
        }
        catch (Exception e) when (CosFault.FromException(e, what, fromCos: false) is { } fault)
        {
            throw fault.Error;
        }
    }

    /// <returns>Neither where it was cancelled before there was an answer.</returns>
    private async Task<(FetchedObject? Fetched, CosFault? Fault)> TryAsync(
        Uri location, string host, CosCredential? credential, string destination, FetchLimits limits, string what, CancellationToken cancel)
    {
        using var request = _requests.Create(HttpMethod.Get, location, host, credential);
        var fromCos = false;
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            patience.CancelAfter(AnswerLimit);
            HttpResponseMessage answer;
            try
            {
                answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
            }
            catch (OperationCanceledException e)
            {
                if (cancel.IsCancellationRequested)
                {
                    return default;
                }

                var why = e.GetBaseException() is TimeoutException ? $"no connection within {ConnectLimit.TotalSeconds:0} s" : $"no answer within {AnswerLimit.TotalSeconds:0} s";
                return (null, new CosFault(new AgentException(ErrorCode.CosUnreachable, $"{what}: {why}"), Retry: true, FromCos: false));
            }

            using (answer)
            {
                fromCos = CosFault.Header(answer, "x-cos-request-id") is not null;
                return (int)answer.StatusCode == 200
                    ? await SaveAsync(answer, destination, limits, what, cancel)
                    : (null, await CosFault.FromAnswerAsync(answer, what, cancel));
            }
        }
        catch (Exception e) when (CosFault.FromException(e, what, fromCos) is { } fault)
        {
            return (null, fault);
        }
    }

    private static async Task<(FetchedObject? Fetched, CosFault? Fault)> SaveAsync(
        HttpResponseMessage answer, string destination, FetchLimits limits, string what, CancellationToken cancel)
    {
        var expected = CosFault.Header(answer, "x-cos-hash-crc64ecma");
        if (answer.Content.Headers.ContentLength is null && answer.Headers.TransferEncodingChunked != true && expected is null && !limits.HashIsKnown)
        {
            var message = $"{what}: the answer gives neither its length nor a checksum, so half of it would look like all of it";
            return (null, new CosFault(new AgentException(ErrorCode.CosCorrupt, message, new(
                "Have the server send Content-Length, or pin the script: sha256 in its [[init_script]].",
                "请让服务器发送 Content-Length，或在该 [[init_script]] 中用 sha256 固定脚本。")), Retry: false, FromCos: false));
        }

        using var file = new DownloadedFile(destination, limits.MaxBytes, what);
        file.Limit(answer.Content.Headers.ContentLength ?? 0);
        await using var body = await answer.Content.ReadAsStreamAsync(cancel);
        var received = await file.ReceiveAsync(body, cancel);
        return expected is null || expected == file.Crc.ToString(CultureInfo.InvariantCulture)
            ? (received, null)
            : (null, new CosFault(new AgentException(ErrorCode.CosCorrupt, $"{what}: its CRC-64 is {file.Crc}, the server says {OutputText.OneLine(expected)}"), Retry: true, FromCos: true));
    }
}
