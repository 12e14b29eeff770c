using System.Net;
using System.Security.Authentication;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Network;
using Thpc.NodeAgent.Host.Network.Tls;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Cos;

/// <summary>A failed attempt to fetch an object.</summary>
/// <param name="Retry">Whether a retry may succeed: network faults, 429 and 5xx.</param>
/// <param name="FromCos">COS itself answered (the answer had an x-cos-request-id), so its backup domain would answer the same.</param>
/// <param name="Throttled">The server receives too many requests: 429, or 503 with the code SlowDown.</param>
/// <param name="RetryAfter">The answer's Retry-After.</param>
internal sealed record CosFault(Error Error, bool Retry, bool FromCos, bool Throttled = false, TimeSpan? RetryAfter = null)
{
    /// <summary>Whether the request may succeed once it is signed with the server's time, <see cref="Date"/>.</summary>
    public bool IsClock { get; init; }

    /// <summary>The server's time, from the answer's header Date.</summary>
    public DateTimeOffset? Date { get; init; }

    /// <summary>The fault behind an answer whose status is not 200.</summary>
    /// <param name="what">The request, for the message.</param>
    public static async Task<CosFault> FromAnswerAsync(HttpResponseMessage answer, LocalizedText what, CancellationToken cancel)
    {
        var body = await ReadStartAsync(answer, cancel);
        var requestId = Header(answer, "x-cos-request-id");
        var isRefused = answer.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized;
        var refusal = isRefused
            ? CosRefusal.From(Element(body, "Code"), Element(body, "Message"), CosRequestFactory.IsSigned(answer.RequestMessage))
            : null;
        LocalizedText?[] parts =
        [
            refusal?.Reason,
            $"HTTP {(int)answer.StatusCode}",
            Verbatim(Element(body, "Code")),
            Verbatim(Element(body, "Message")),
            requestId is null ? null : Messages.RequestId(requestId),
            isRefused ? CosRequestFactory.Signer(answer.RequestMessage) : null,
        ];
        var details = LocalizedText.Join(", ", [.. parts.OfType<LocalizedText>()]);
        var status = (int)answer.StatusCode;
        var code = answer.StatusCode switch
        {
            _ when isRefused => ErrorCode.CosForbidden,
            HttpStatusCode.NotFound => ErrorCode.CosNotFound,
            _ => ErrorCode.CosServerError,
        };
        var message = what + ": " + details + (status is >= 300 and < 400 ? Messages.NoRedirects : ClockSkew(answer));
        var hint = status is >= 300 and < 400 ? Hints.CorrectHost : refusal?.Hint;
        var throttled = status == 429 || (status == 503 && Element(body, "Code") == "SlowDown");
        var error = new Error(code, message.Map(TerminalText.OneLine), hint);
        return new CosFault(error, status is 429 or >= 500, requestId is not null, throttled, RetryAfterOf(answer))
        {
            IsClock = refusal?.IsClock == true,
            Date = answer.Headers.Date,
        };
    }

    /// <returns>The fault behind an exception of the HTTP client; null for any other exception.</returns>
    /// <param name="fromCos">Whether COS had begun to answer.</param>
    public static CosFault? FromException(Exception exception, LocalizedText what, bool fromCos)
    {
        if (exception is HttpRequestException { InnerException: AuthenticationException tls })
        {
            var refused = tls as CertificateException;
            var cause = Messages.TlsFailed(refused?.Text ?? tls.InnerException?.Message ?? tls.Message);
            var message = (what + ": " + cause).Map(TerminalText.OneLine);
            return new CosFault(new Error(ErrorCode.CosTls, message, refused?.Hint), Retry: false, FromCos: false);
        }

        if (exception is HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError })
        {
            return Unreachable(fromCos: false);
        }

        // The disk's errors carry a positive errno in HResult; they are not network faults.
        return exception is HttpRequestException or IOException { HResult: < 0 } ? Unreachable(fromCos) : null;

        CosFault Unreachable(bool fromCos)
        {
            var cause = ConnectionException.Reason(exception) ?? Innermost(exception).Message;
            var message = (what + ": " + cause).Map(TerminalText.OneLine);
            return new CosFault(new Error(ErrorCode.CosUnreachable, message), Retry: true, fromCos);
        }
    }

    public static string? Header(HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    private static Exception Innermost(Exception exception) => exception.InnerException is { } inner ? Innermost(inner) : exception;

    private static async Task<string> ReadStartAsync(HttpResponseMessage answer, CancellationToken cancel)
    {
        // An error of COS has a few hundred bytes; a hostile server may send without end.
        var buffer = new byte[4096];
        try
        {
            await using var body = await answer.Content.ReadAsStreamAsync(cancel);
            var count = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancel);
            return System.Text.Encoding.UTF8.GetString(buffer, 0, count);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return "";
        }
    }

    private static string? Element(string xml, string name)
    {
        var start = xml.IndexOf($"<{name}>", StringComparison.Ordinal);
        var end = xml.IndexOf($"</{name}>", StringComparison.Ordinal);
        start += name.Length + 2;
        return start > name.Length && end > start ? xml[start..Math.Min(end, start + 300)] : null;
    }

    private static TimeSpan? RetryAfterOf(HttpResponseMessage answer) =>
        answer.Headers.RetryAfter?.Delta is { } delta && delta > TimeSpan.Zero ? delta : null;

    private static LocalizedText? Verbatim(string? text) => text is null ? null : new(text, text);

    private static LocalizedText ClockSkew(HttpResponseMessage answer)
    {
        var skew = answer.Headers.Date is { } date ? DateTimeOffset.UtcNow - date : TimeSpan.Zero;
        return skew.Duration() > TimeSpan.FromMinutes(5) ? Messages.ClockSkew($"{skew.TotalSeconds:0}") : "";
    }
}
