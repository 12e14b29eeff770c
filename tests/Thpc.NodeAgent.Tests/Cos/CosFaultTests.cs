using System.Net;
using System.Security.Authentication;
using System.Text;
using CsCheck;
using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Tests.Cos;

public sealed class CosFaultTests
{
    private static readonly Gen<string> Piece = Gen.OneOf(
        "<Code>", "</Code>", "<Message>", "</Message>", "<Error>", "AccessDenied", "\n", "\u001b[31m", "\ud83d\udc0b", "\ufffd", "é");

    private static readonly Gen<byte[]> Body = Gen.OneOf(
        Gen.Byte.Array[0, 6000],
        Piece.Array[0, 30].Select(pieces => Encoding.UTF8.GetBytes(string.Concat(pieces))),
        Gen.Select(
            Piece, Gen.Int[0, 5000], Piece,
            (start, length, end) => Encoding.UTF8.GetBytes("<Message>" + start + new string('x', length) + end + "</Message>")));

    [Fact]
    public async Task Any_error_answer_becomes_one_printable_line() =>
        await Gen.Select(
            Gen.OneOf(204, 206, 301, 400, 401, 403, 404, 416, 429, 500, 503, 599), Body, Gen.OneOf<string?>(null, "r", "\u0080\u009b"))
            .SampleAsync(
            async (status, body, id) =>
            {
                using var answer = new HttpResponseMessage((HttpStatusCode)status) { Content = new ByteArrayContent(body) };
                _ = id is not null && answer.Headers.TryAddWithoutValidation("x-cos-request-id", id);
                var fault = await CosFault.FromAnswerAsync(answer, "GET it", TestContext.Current.CancellationToken);

                // The meaning of a refusal that COS names stands before its status.
                Assert.StartsWith("GET it: ", fault.Error.Message, StringComparison.Ordinal);
                Assert.Contains($"HTTP {status}", fault.Error.Message, StringComparison.Ordinal);
                Assert.DoesNotContain(fault.Error.Message, char.IsControl);
                Assert.InRange(fault.Error.Message.Length, 1, 1000);
                Assert.Equal(status is 429 or >= 500, fault.Retry);
                Assert.Equal(id is not null, fault.FromCos);
            },
            iter: 1000);

    [Theory]
    [InlineData(429, "", true)]
    [InlineData(503, "<Code>SlowDown</Code>", true)]
    [InlineData(503, "<Code>InternalError</Code>", false)]
    [InlineData(500, "<Code>SlowDown</Code>", false)]
    public async Task Too_many_requests_are_429_or_SlowDown(int status, string body, bool throttled)
    {
        using var answer = new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(body) };
        var fault = await CosFault.FromAnswerAsync(answer, "GET it", TestContext.Current.CancellationToken);
        Assert.Equal((true, throttled), (fault.Retry, fault.Throttled));
    }

    /// <summary>ENOSPC as .NET throws it: a positive errno.</summary>
    [Fact]
    public void Full_disk_is_no_network_fault()
    {
        Assert.Null(CosFault.FromException(new IOException("No space left on device", 28), "GET it", fromCos: true));
        Assert.True(CosFault.FromException(new IOException("reset"), "GET it", fromCos: true)?.Retry);
    }

    [Fact]
    public void Refused_certificate_is_final()
    {
        var refused = new HttpRequestException("TLS", new AuthenticationException("untrusted root"));
        var fault = CosFault.FromException(refused, "GET it", fromCos: false);
        Assert.Equal((ErrorCode.CosTls, false), (fault?.Error.Code, fault?.Retry));
    }
}
