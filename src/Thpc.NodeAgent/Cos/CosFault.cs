using System.Net;
using System.Security.Authentication;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Network.Tls;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Cos;

/// <summary>One attempt that failed.</summary>
/// <param name="Retry">Whether it may heal by itself: network faults, 429 and 5xx.</param>
/// <param name="FromCos">COS itself answered (the answer had an x-cos-request-id), so another domain would say the same.</param>
/// <param name="Throttled">The server is asked too often: 429, or 503 with the code SlowDown.</param>
/// <param name="RetryAfter">How long the server asked to be left alone.</param>
internal sealed record CosFault(AgentException Error, bool Retry, bool FromCos, bool Throttled = false, TimeSpan? RetryAfter = null)
{
    /// <summary>Whether it may be accepted when it is signed by <see cref="Date"/>.</summary>
    public bool IsClock { get; init; }

    /// <summary>The server's own time.</summary>
    public DateTimeOffset? Date { get; init; }

    /// <summary>From an answer that is no 200.</summary>
    public static async Task<CosFault> FromAnswerAsync(HttpResponseMessage answer, string what, CancellationToken cancel)
    {
        var body = await ReadStartAsync(answer, cancel);
        var requestId = Header(answer, "x-cos-request-id");
        var isRefused = answer.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized;
        var refusal = isRefused ? CosRefusal.From(Element(body, "Code"), Element(body, "Message"), CosRequestFactory.IsSigned(answer.RequestMessage)) : null;
        var said = string.Join(", ", new[]
        {
            refusal?.Reason,
            $"HTTP {(int)answer.StatusCode}",
            Element(body, "Code"),
            Element(body, "Message"),
            requestId is null ? null : $"request id {requestId}",
            isRefused ? CosRequestFactory.Signer(answer.RequestMessage) : null,
        }.Where(part => part is not null));
        var status = (int)answer.StatusCode;
        var code = answer.StatusCode switch
        {
            _ when isRefused => ErrorCode.CosForbidden,
            HttpStatusCode.NotFound => ErrorCode.CosNotFound,
            _ => ErrorCode.CosServerError,
        };
        var message = status is >= 300 and < 400
            ? $"{what}: {said}: a redirect, and none is followed"
            : $"{what}: {said}{ClockSkew(answer)}";
        LocalizedText? hint = status is >= 300 and < 400 ? new("Correct the host in script_path, or find out what answers in place of COS.", "请修正 script_path 中的域名，或查明是什么在代替 COS 应答。") : refusal?.Hint;
        var throttled = status == 429 || (status == 503 && Element(body, "Code") == "SlowDown");
        return new CosFault(new AgentException(code, OutputText.OneLine(message), hint), status is 429 or >= 500, requestId is not null, throttled, RetryAfterOf(answer))
        {
            IsClock = refusal?.IsClock == true,
            Date = answer.Headers.Date,
        };
    }

    /// <summary>From an exception of the HTTP client; null if it is none of its.</summary>
    /// <param name="fromCos">Whether COS had begun to answer.</param>
    public static CosFault? FromException(Exception exception, string what, bool fromCos)
    {
        if (exception is HttpRequestException { InnerException: AuthenticationException tls })
        {
            var message = OutputText.OneLine($"{what}: TLS failed: {tls.InnerException?.Message ?? tls.Message}");
            return new CosFault(new AgentException(ErrorCode.CosTls, message, (tls as CertificateException)?.Hint), Retry: false, FromCos: false);
        }

        if (exception is HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError })
        {
            return new CosFault(new AgentException(ErrorCode.CosUnreachable, OutputText.OneLine($"{what}: {Innermost(exception).Message}")), Retry: true, FromCos: false);
        }

        // What the disk has to say carries its errno as a positive number, and is no fault of the network.
        return exception is HttpRequestException or IOException { HResult: < 0 }
            ? new CosFault(new AgentException(ErrorCode.CosUnreachable, OutputText.OneLine($"{what}: {Innermost(exception).Message}")), Retry: true, fromCos)
            : null;
    }

    public static string? Header(HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    private static Exception Innermost(Exception exception) => exception.InnerException is { } inner ? Innermost(inner) : exception;

    private static async Task<string> ReadStartAsync(HttpResponseMessage answer, CancellationToken cancel)
    {
        // An error's text is a few hundred bytes; a liar's may have no end.
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

    private static string ClockSkew(HttpResponseMessage answer)
    {
        var skew = answer.Headers.Date is { } date ? DateTimeOffset.UtcNow - date : TimeSpan.Zero;
        return skew.Duration() > TimeSpan.FromMinutes(5) ? $"; this node's clock differs from the server's by {skew.TotalSeconds:0} s" : "";
    }
}
