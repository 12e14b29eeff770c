using System.Globalization;
using System.Net.Http.Headers;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Network;
using Thpc.NodeAgent.Host.Network.Tls;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Cos;

/// <summary>A completely fetched object.</summary>
/// <param name="Length">Bytes.</param>
/// <param name="Sha256">Upper-case hex.</param>
internal sealed record FetchedObject(long Length, string Sha256);

/// <param name="Time">For all attempts together: the script's limit.</param>
/// <param name="Start">When the time began, from <see cref="TimeProvider.GetTimestamp"/>.</param>
/// <param name="HashIsKnown">The caller compares the content's hash with a known one.</param>
internal sealed record FetchLimits(long MaxBytes, TimeSpan Time, long Start, bool HashIsKnown = false)
{
    /// <summary>The remaining time; never negative.</summary>
    public TimeSpan Left => Time - TimeProvider.System.GetElapsedTime(Start) is { Ticks: > 0 } left ? left : TimeSpan.Zero;
}

/// <summary>Headers of an object; null if the server did not send them.</summary>
/// <param name="Crc64">Decimal.</param>
/// <param name="Date">The server's time.</param>
internal sealed record ObjectHead(long? Length, string? Crc64, DateTimeOffset? Modified, DateTimeOffset? Date);

/// <summary>
/// Fetches objects. It verifies TLS by the machine's certificate authorities, follows no redirect, retries transient faults, and
/// checks the CRC-64 if the server sends one.
/// </summary>
/// <param name="endpoint">A private gateway to connect to. The Host header names the bucket's host anyway.</param>
internal sealed class CosClient(Uri? endpoint) : IDisposable
{
    internal static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(8);
    internal static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(15);

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

    /// <summary>Fetches one object into a new file of mode 0600, with retries until the limit is near.</summary>
    /// <param name="location">cos:// (signed unless there is no credential) or https:// (never signed).</param>
    /// <param name="note">Called with a sentence for each failed attempt.</param>
    /// <exception cref="AgentException">
    /// COS_*, SCRIPT_TOO_LARGE, NO_SPACE; SCRIPT_TIMEOUT if the limit ended during a download or before the first answer.
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
                throw new AgentException(OutOfTime(Messages.EndedDuringDownload(Seconds(limit)), ErrorCode.ScriptTimeout));
            }

            // If the limit ended this attempt before any answer, the fault of the previous attempt is more useful.
            cancel.ThrowIfCancellationRequested();
            fault ??= last ?? throw new AgentException(OutOfTime(Messages.EndedBeforeAnswer(Seconds(limit)), ErrorCode.CosUnreachable));
            if (fault.IsClock && _requests.CorrectClock(fault.Date, note))
            {
                continue;
            }

            if (pauses.Next(fault, limits.Left) is not { } pause)
            {
                var tries = Backoff.Attempts(attempt, TimeProvider.System.GetElapsedTime(start));
                throw new AgentException(fault.Error.Code, fault.Error.Text + tries, fault.Error.Hint);
            }

            Error OutOfTime(LocalizedText problem, ErrorCode advice) => new(
                ErrorCode.ScriptTimeout,
                what + ": " + problem + (last is null ? "" : Messages.Earlier(last.Error.Text)),
                advice.Hint);

            last = fault;
            note($"attempt {attempt}: {fault.Error.Message}; again in {pause.TotalSeconds:0.0} s");
            if (backup is not null && !fault.FromCos)
            {
                (host, backup) = (backup, host);
            }

            await Task.Delay(pause, cancel);
        }
    }

    /// <summary>Sends HEAD for an object, without retries.</summary>
    /// <exception cref="AgentException">COS_*.</exception>
    public Task<ObjectHead> HeadAsync(Uri location, CosCredential? credential, TimeSpan limit, CancellationToken cancel) =>
        SendAsync(HttpMethod.Head, location, credential, null, limit, (answer, _) => Task.FromResult(new ObjectHead(
            answer.Content.Headers.ContentLength,
            CosFault.Header(answer, "x-cos-hash-crc64ecma"),
            answer.Content.Headers.LastModified,
            answer.Headers.Date)), cancel);

    /// <summary>Reads the first bytes of an object, without retries.</summary>
    /// <returns>Fewer bytes if the object is shorter.</returns>
    /// <exception cref="AgentException">COS_*.</exception>
    public Task<byte[]> ReadStartAsync(Uri location, CosCredential? credential, int count, TimeSpan limit, CancellationToken cancel) =>
        SendAsync(HttpMethod.Get, location, credential, new RangeHeaderValue(0, count - 1), limit, async (answer, token) =>
        {
            var start = new byte[count];
            await using var body = await answer.Content.ReadAsStreamAsync(token);
            return start[..await body.ReadAtLeastAsync(start, count, throwOnEndOfStream: false, token)];
        }, cancel);

    public void Dispose() => _client.Dispose();

    private static string Seconds(TimeSpan limit) => limit.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture);

    private async Task<T> SendAsync<T>(
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
                var start = TimeProvider.System.GetTimestamp();
                using var answer =
                    await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timer.Token).WaitAsync(timer.Token);
                VerboseLog.Write(what.English, $"HTTP {(int)answer.StatusCode}", start);
                if (answer.IsSuccessStatusCode)
                {
                    return await read(answer, timer.Token);
                }

                var fault = await CosFault.FromAnswerAsync(answer, what, timer.Token);
                if (!fault.IsClock || !_requests.CorrectClock(fault.Date, _ => { }))
                {
                    throw new AgentException(fault.Error);
                }
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new AgentException(ErrorCode.CosUnreachable, what + ": " + Host.Messages.NoAnswerWithin(Seconds(limit)));
        }
        catch (Exception e) when (CosFault.FromException(e, what, fromCos: false) is { } fault)
        {
            throw new AgentException(fault.Error);
        }
    }

    /// <returns>Both null if it was cancelled before the server answered.</returns>
    private async Task<(FetchedObject? Fetched, CosFault? Fault)> TryAsync(
        Uri location, string host, CosCredential? credential, string destination, FetchLimits limits, LocalizedText what,
        CancellationToken cancel)
    {
        using var request = _requests.Create(HttpMethod.Get, location, host, credential);
        var fromCos = false;
        var start = TimeProvider.System.GetTimestamp();
        try
        {
            using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            timer.CancelAfter(AnswerLimit);
            HttpResponseMessage answer;
            try
            {
                answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timer.Token);
            }
            catch (OperationCanceledException e)
            {
                if (cancel.IsCancellationRequested)
                {
                    return default;
                }

                var why = e.GetBaseException() is TimeoutException
                    ? Messages.NoConnectionWithin(Seconds(ConnectLimit))
                    : Host.Messages.NoAnswerWithin(Seconds(AnswerLimit));
                return (null, new CosFault(new Error(ErrorCode.CosUnreachable, what + ": " + why), Retry: true, FromCos: false));
            }

            VerboseLog.Write(what.English, $"HTTP {(int)answer.StatusCode}", start);
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
        HttpResponseMessage answer, string destination, FetchLimits limits, LocalizedText what, CancellationToken cancel)
    {
        var expected = CosFault.Header(answer, "x-cos-hash-crc64ecma");
        var isChunked = answer.Headers.TransferEncodingChunked == true;
        if (answer.Content.Headers.ContentLength is null && !isChunked && expected is null && !limits.HashIsKnown)
        {
            var error = new Error(ErrorCode.CosCorrupt, what + ": " + Messages.NoLengthOrChecksum, Hints.SendLengthOrPin);
            return (null, new CosFault(error, Retry: false, FromCos: false));
        }

        using var file = new DownloadedFile(destination, limits.MaxBytes, what);
        file.RequireMaxLength(answer.Content.Headers.ContentLength ?? 0);
        await using var body = await answer.Content.ReadAsStreamAsync(cancel);
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        FetchedObject received;
        try
        {
            received = await file.ReceiveAsync(body, silence.Token, () => silence.CancelAfter(AnswerLimit));
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // The network may have lost the connection without a word; a new one is faster than TCP's growing pauses.
            var silent = what + ": " + Messages.NoDataFor(Seconds(AnswerLimit));
            return (null, new CosFault(new Error(ErrorCode.CosUnreachable, silent), Retry: true, FromCos: false));
        }

        if (expected is null || expected == file.Crc.ToString(CultureInfo.InvariantCulture))
        {
            return (received, null);
        }

        var mismatch = what + ": " + Messages.ChecksumMismatch($"{file.Crc}", TerminalText.OneLine(expected));
        return (null, new CosFault(new Error(ErrorCode.CosCorrupt, mismatch), Retry: true, FromCos: true));
    }
}
