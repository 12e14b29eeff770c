using System.Net;
using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Fuzz.Targets;

/// <summary>
/// COS's answer to a refused request. Byte 1 is the status, byte 2 selects the headers, the rest is the error's XML.
/// </summary>
internal static class CosXmlTarget
{
    private const int LongestMessage = 2000;
    private static readonly int[] Statuses = [403, 404, 401, 429, 500, 503, 301, 206, 416, 204];

    public static void Run(byte[] input)
    {
        if (input.Length > 1)
        {
            RunAsync(input).GetAwaiter().GetResult();
        }
    }

    private static async Task RunAsync(byte[] input)
    {
        var status = Statuses[input[0] % Statuses.Length];
        using var answer = new HttpResponseMessage((HttpStatusCode)status);
        var body = input[2..];
        answer.Content = new ByteArrayContent(body);
        var given = System.Text.Encoding.Latin1.GetString(body.AsSpan(0, Math.Min(40, body.Length)));
        _ = (input[1] & 1) != 0 && answer.Headers.TryAddWithoutValidation("x-cos-request-id", given);
        _ = (input[1] & 2) != 0 && answer.Headers.TryAddWithoutValidation("Retry-After", given);
        _ = (input[1] & 4) != 0 && answer.Headers.TryAddWithoutValidation("Date", given);
        var fault = await CosFault.FromAnswerAsync(answer, "GET cos://demo/echo.sh", CancellationToken.None);
        Contract.IsSentence(fault.Error, ErrorCode.CosForbidden, ErrorCode.CosNotFound, ErrorCode.CosServerError);
        Contract.IsOneLine(fault.Error.Message);
        Contract.Holds(fault.Error.Message.Length < LongestMessage, "a long answer is cut");
        Contract.Holds(fault.Retry == status is 429 or >= 500, "transient errors are retried");
        Contract.Holds(
            fault.Error.Code
                == (status is 401 or 403 ? ErrorCode.CosForbidden : status == 404 ? ErrorCode.CosNotFound : ErrorCode.CosServerError),
                "the status decides about the code");
        Contract.Holds(fault.RetryAfter is null || fault.RetryAfter > TimeSpan.Zero, "a pause has a length");
        Contract.Holds(fault.FromCos == answer.Headers.Contains("x-cos-request-id"), "COS is known by its request id");
    }
}
