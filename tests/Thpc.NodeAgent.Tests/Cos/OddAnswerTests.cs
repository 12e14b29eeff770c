using CsCheck;
using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Network;

namespace Thpc.NodeAgent.Tests.Cos;

/// <summary>Malformed answers are accepted, or become an error with a code and a printable sentence.</summary>
public sealed class OddAnswerTests
{
    private const string Role = """{"TmpSecretId":"i","TmpSecretKey":"k","Token":"t","ExpiredTime":4102444800,"Code":"Success"}""";
    private static readonly TimeSpan Ample = TimeSpan.FromSeconds(60);

    private static readonly Gen<string> Answer = Gen.OneOf("HTTP/1.1 ", "HTTP/1.0 ", "200 OK\r\n", "206 OK\r\n", "404 No\r\n", "503 \r\n",
        "100 Continue\r\n\r\n", "Content-Length: ", "Transfer-Encoding: chunked\r\n", "x-cos-request-id: r\r\n",
        "Date: then\r\n", "Retry-After: -1\r\n", "x-cos-hash-crc64ecma: 1\r\n", "5\r\nhello\r\n", "0\r\n\r\n", "FFFFFFFFFF\r\n", "\r\n",
        "\r\n\r\n", "-1", "99", " ", "\0", "é", "\u001b[31m").Array[1, 12].Select(pieces => "HTTP/1.1 200 OK\r\n" + string.Concat(pieces));

    [Fact]
    public async Task Malformed_object_answer_is_accepted_or_a_COS_error() =>
        await Answer.SampleAsync(
            async answer =>
            {
                using var server = new CannedServer(answer);
                using var client = new CosClient(server.Url);
                await TakenOrRefusedAsync(
                    "COS_", () => client.HeadAsync(CosStandin.Location("echo.sh"), null, Ample, TestContext.Current.CancellationToken));
                await TakenOrRefusedAsync(
                    "COS_", () =>
                        client.ReadStartAsync(CosStandin.Location("echo.sh"), null, 20, Ample, TestContext.Current.CancellationToken));
            },
            iter: 100,
            threads: 2);

    [Fact]
    public async Task Malformed_role_answer_is_accepted_or_refused()
    {
        int taken = 0, refused = 0;
        var changed = Gen.Select(
            Gen.Int[0, Role.Length - 1], Gen.OneOf("\"", "{", "[", "\\ud800", "\\u0000", "null", "\u001b", "9999999999999999999", ""),
            Gen.Int[0, 12], (at, put, dropped) => Role[..at] + put + Role[Math.Min(Role.Length, at + dropped)..]);
        // Few of the changed ones are still a credential.
        await Gen.Frequency((9, changed), (1, Gen.Const(Role))).SampleAsync(
            async answer =>
            {
                using var server = CannedServer.Of(200, answer, "Content-Type: application/json");
                using var service = new MetadataService(server.Url);
                var credential = await TakenOrRefusedAsync(
                    "COS_CREDENTIALS",
                    () => RoleCredentials.GetAsync(service, TimeSpan.Zero, _ => { }, TestContext.Current.CancellationToken));
                Interlocked.Increment(ref credential is null ? ref refused : ref taken);
                Assert.True(credential is null or { SecretId.Length: > 0, SecretKey.Length: > 0, Token.Length: > 0 });
            },
            iter: 200,
            threads: 2);
        Assert.True(taken > 5 && refused > 5, $"{taken} were taken and {refused} refused");
    }

    [Fact]
    public async Task Answer_with_a_lone_surrogate_is_refused()
    {
        foreach (var field in (string[])["Code", "TmpSecretId", "TmpSecretKey", "Token"])
        {
            using var server = CannedServer.Of(
                200, System.Text.RegularExpressions.Regex.Replace(Role, $"\"{field}\":\"[^\"]*\"", $"\"{field}\":\"\\ud800\""));
            using var service = new MetadataService(server.Url);
            var error = await Assert.ThrowsAsync<AgentException>(
                () => RoleCredentials.GetAsync(service, TimeSpan.Zero, _ => { }, TestContext.Current.CancellationToken));
            Assert.Equal("COS_CREDENTIALS", error.Code.Name);
        }
    }

    /// <returns>The default where it was refused.</returns>
    private static async Task<T?> TakenOrRefusedAsync<T>(string code, Func<Task<T>> ask)
    {
        try
        {
            var taken = await ask();
            Assert.NotNull(taken);
            return taken;
        }
        catch (AgentException e)
        {
            Assert.StartsWith(code, e.Code.Name, StringComparison.Ordinal);
            Assert.DoesNotContain(e.Message, char.IsControl);
            return default;
        }
    }
}
