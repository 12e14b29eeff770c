using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Tests.Cos;

public sealed class CosClientTests(OpenStandin fixture) : IClassFixture<OpenStandin>
{
    private const string Id = "AKIDtest";
    private const string Key = "a-secret-key";
    private const long MaxBytes = 16L << 20;
    private static readonly TimeSpan Ample = TimeSpan.FromMinutes(5);

    private sealed record Fetch(FetchedObject? Fetched, AgentException? Error, string? Content, IReadOnlyList<string> Notes);

    [Fact]
    public async Task Fetch_returns_whole_object_and_its_hash()
    {
        var fetch = await FetchAsync(fixture.Open, "echo.sh");
        Assert.Equal(CosStandin.Script, fetch.Content);
        Assert.Equal(new FetchedObject(CosStandin.Script.Length, Sha256(CosStandin.Script)), fetch.Fetched);
        Assert.Empty(fetch.Notes);
    }

    [Theory]
    [InlineData("scripts/with blank.sh")]
    [InlineData("脚本/初始化.sh")]
    [InlineData("a+b&c=d!'()*@,;$~.sh")]
    [InlineData("100%.sh")]
    [InlineData("a//b.sh")]
    public async Task Keys_with_special_characters_are_fetched_and_signed(string key)
    {
        using var standin = await CosStandin.StartSignedAsync(Id, Key, null);
        standin.Put(key.Replace("//", "/", StringComparison.Ordinal), Encoding.UTF8.GetBytes("#!/x\n" + key));
        using var client = new CosClient(standin.Url);
        var fetch = await FetchAsync(client, CosStandin.Location(key), new CosCredential(Id, Key, null, "test"));
        Assert.Equal("#!/x\n" + key, fetch.Content);
        Assert.True(Assert.Single(standin.Requests()).Signed);
    }

    [Fact]
    public async Task Signature_covers_the_path_that_is_sent()
    {
        using var standin = await CosStandin.StartSignedAsync(Id, Key, null);
        using var client = new CosClient(standin.Url);
        var fetch = await FetchAsync(client, CosStandin.Location("a/../echo.sh"), new CosCredential(Id, Key, null, "test"));
        Assert.Null(fetch.Error);
    }

    [Fact]
    public async Task Host_header_names_the_bucket_with_any_endpoint()
    {
        await FetchAsync(fixture.Open, "echo.sh");
        Assert.All(fixture.Open.Requests(), request => Assert.Equal(CosStandin.Host, request.Host));
    }

    [Fact]
    public async Task A_temporary_credential_is_sent_with_its_token()
    {
        using var standin = await CosStandin.StartSignedAsync(Id, Key, "a-token");
        using var client = new CosClient(standin.Url);
        Assert.Null((await FetchAsync(client, CosStandin.Location("echo.sh"), new CosCredential(Id, Key, "a-token", "test"))).Error);
        Assert.Equal(
            "COS_FORBIDDEN",
            (await FetchAsync(client, CosStandin.Location("echo.sh"), new CosCredential(Id, Key, "another", "test"))).Error?.Code.Name);
        Assert.Equal(
            "COS_FORBIDDEN",
            (await FetchAsync(client, CosStandin.Location("echo.sh"), new CosCredential(Id, "wrong", "a-token", "test"))).Error?.Code.Name);
        Assert.Equal("COS_FORBIDDEN", (await FetchAsync(client, CosStandin.Location("echo.sh"), null)).Error?.Code.Name);
    }

    [Fact]
    public async Task Https_locations_never_receive_a_signature()
    {
        using var client = new CosClient(null);
        using var standin = await CosStandin.StartSignedAsync(Id, Key, null);
        await FetchAsync(client, new Uri(standin.Url, "echo.sh"), new CosCredential(Id, Key, null, "test"));
        Assert.False(Assert.Single(standin.Requests()).Signed);
    }

    [Theory]
    [InlineData("503-x2", 3, "HTTP 503, ServiceUnavailable")]
    [InlineData("429-x1", 2, "HTTP 429, TooManyRequests")]
    [InlineData("slow-down-x1", 2, "HTTP 503, SlowDown")]
    [InlineData("500-x1", 2, "HTTP 500, InternalError")]
    [InlineData("no-request-id-503-x1", 2, "HTTP 503")]
    [InlineData("truncated-x1", 2, "")]
    [InlineData("reset-x1", 2, "")]
    [InlineData("wrong-crc-x1", 2, "CRC-64")]
    public async Task Transient_faults_are_retried_until_success(string fault, int requests, string note)
    {
        var fetch = await FetchAsync(fixture.Open, $"_fault/{fault}/echo.sh", TimeSpan.FromSeconds(8));
        Assert.Equal(CosStandin.Script, fetch.Content);
        Assert.Equal(requests, fixture.Open.Requests($"/_fault/{fault}/echo.sh").Count);
        Assert.Equal(requests - 1, fetch.Notes.Count);
        Assert.All(fetch.Notes, text => Assert.Contains(note, text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("403", "COS_FORBIDDEN", "AccessDenied")]
    [InlineData("404", "COS_NOT_FOUND", "NoSuchKey")]
    [InlineData("redirect", "COS_SERVER_ERROR", "redirect")]
    [InlineData("too-large", "SCRIPT_TOO_LARGE", "the maximum is 16777216")]
    [InlineData("endless", "SCRIPT_TOO_LARGE", "the maximum is 16777216")]
    [InlineData("unheard-of", "COS_SERVER_ERROR", "HTTP 400")]
    public async Task Permanent_faults_fail_at_the_first_answer(string fault, string code, string message)
    {
        var fetch = await FetchAsync(fixture.Open, $"_fault/{fault}/echo.sh");
        Assert.Equal(code, fetch.Error?.Code.Name);
        Assert.Contains(message, fetch.Error?.Message, StringComparison.Ordinal);
        Assert.Single(fixture.Open.Requests($"/_fault/{fault}/echo.sh"));
        Assert.Empty(fetch.Notes);
    }

    [Fact]
    public async Task Redirects_are_not_followed()
    {
        await FetchAsync(fixture.Open, "_fault/redirect/elsewhere/echo.sh");
        Assert.DoesNotContain(fixture.Open.Requests(), request => request.Fault == "redirected");
    }

    [Fact]
    public async Task Retries_end_within_the_limit_and_the_error_names_their_number()
    {
        var limit = TimeSpan.FromSeconds(2);
        fixture.Open.Put("for-ever/echo.sh", "#!/bin/sh\n"u8.ToArray());
        var faults = new Dictionary<string, string>
        {
            ["503"] = "COS_SERVER_ERROR",
            ["429"] = "COS_SERVER_ERROR",
            ["no-request-id-503"] = "COS_SERVER_ERROR",
            ["truncated"] = "COS_UNREACHABLE",
            ["reset"] = "COS_UNREACHABLE",
            ["wrong-crc"] = "COS_CORRUPT",
        };
        foreach (var (fault,
            fetch) in await AllAsync(faults.Keys, fault => FetchAsync(fixture.Open, $"_fault/{fault}/for-ever/echo.sh", limit)))
        {
            Assert.True(fetch.Error?.Code.Name == faults[fault], $"{fault}: {fetch.Error}");
            var requests = fixture.Open.Requests($"/_fault/{fault}/for-ever/echo.sh").Count;
            Assert.True(requests > 1, $"{fault}: {requests} request");
            Assert.Contains($"(attempt {requests}, ", fetch.Error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Limit_that_ends_during_a_download_is_a_timeout()
    {
        foreach (var (fault,
            fetch) in await AllAsync(
                ["hang", "slow"], fault => FetchAsync(fixture.Open, $"_fault/{fault}/echo.sh", TimeSpan.FromSeconds(2))))
        {
            Assert.True(fetch.Error?.Code.Name == "SCRIPT_TIMEOUT", $"{fault}: {fetch.Error}");
            Assert.Contains("limit of 2 s", fetch.Error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Silent_server_and_silent_network_leave_time_for_a_retry()
    {
        // A listener with a full queue: the kernel drops new connections, like a firewall that drops packets.
        using var hole = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        hole.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        hole.Listen(0);
        using var first = new TcpClient();
        await first.ConnectAsync((IPEndPoint)hole.LocalEndPoint!, TestContext.Current.CancellationToken);
        using var toHole = new CosClient(new Uri($"http://127.0.0.1:{((IPEndPoint)hole.LocalEndPoint!).Port}"));
        using var toHang = new CosClient(fixture.Open.Url);
        var fetches = await Task.WhenAll(
            FetchAsync(toHole, CosStandin.Location("echo.sh"), null, TimeSpan.FromSeconds(10)),
            FetchAsync(toHang, CosStandin.Location("_fault/hang-x1/echo.sh"), null, TimeSpan.FromSeconds(40)));
        Assert.Contains("no connection within 8 s", fetches[0].Notes[0], StringComparison.Ordinal);
        Assert.Contains("no connection within 8 s", fetches[0].Error?.Message, StringComparison.Ordinal);

        // The limit ends its second attempt; the error must not blame the script.
        Assert.Equal("COS_UNREACHABLE", fetches[0].Error?.Code.Name);
        Assert.Contains("no answer within 15 s", Assert.Single(fetches[1].Notes), StringComparison.Ordinal);
        Assert.NotNull(fetches[1].Fetched);
    }

    [Fact]
    public async Task Refused_connection_and_unknown_name_are_COS_UNREACHABLE()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        using var refused = new CosClient(new Uri($"http://127.0.0.1:{port}"));
        using var unknown = new CosClient(null);
        var fetches = await Task.WhenAll(
            FetchAsync(refused, CosStandin.Location("echo.sh"), null, TimeSpan.FromSeconds(1)),
            FetchAsync(unknown, new Uri("cos://demo-1.cos.nowhere.invalid/echo.sh"), null, TimeSpan.FromSeconds(5)));
        Assert.Equal("COS_UNREACHABLE", fetches[0].Error?.Code.Name);
        Assert.Contains("refused", fetches[0].Error?.Message, StringComparison.Ordinal);
        Assert.NotEmpty(fetches[0].Notes);
        Assert.Equal("COS_UNREACHABLE", fetches[1].Error?.Code.Name);
        Assert.Contains("demo-1.cos.nowhere.invalid", fetches[1].Error?.Message, StringComparison.Ordinal);
    }

    /// <summary>A truncated body of this kind cannot be detected.</summary>
    [Theory]
    [InlineData("no-length", false, "COS_CORRUPT")]
    [InlineData("no-length", true, null)]
    [InlineData("crc-alone", false, null)]
    public async Task Body_without_length_needs_a_checksum_or_a_known_hash(string fault, bool hashIsKnown, string? code)
    {
        using var client = new CosClient(fixture.Open.Url);
        var path = Path.GetTempFileName();
        var fetch = client.FetchAsync(
            CosStandin.Location($"_fault/{fault}/echo.sh"), null, path, Limits(Ample) with { HashIsKnown = hashIsKnown }, _ => { },
            TestContext.Current.CancellationToken);
        if (code is null)
        {
            Assert.Equal(CosStandin.Script.Length, (await fetch).Length);
        }
        else
        {
            var error = await Assert.ThrowsAsync<AgentException>(() => fetch);
            Assert.Equal(code, error.Code.Name);
            Assert.Contains("neither its length nor a checksum", error.Message, StringComparison.Ordinal);
        }

        File.Delete(path);
    }

    [Fact]
    public async Task Error_names_the_port()
    {
        using var client = new CosClient(null);
        var error = (await FetchAsync(client, new Uri("https://127.0.0.1:9/a.sh?sign=hidden"), null, TimeSpan.FromSeconds(1))).Error;
        Assert.StartsWith("GET https://127.0.0.1:9/a.sh: ", error?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Object_without_checksum_is_accepted()
    {
        var fetch = await FetchAsync(fixture.Open, "_fault/no-crc/echo.sh");
        Assert.Equal(CosStandin.Script, fetch.Content);
    }

    [Fact]
    public async Task Maximum_size_is_accepted_and_one_byte_more_is_refused()
    {
        fixture.Open.Put("largest", new byte[MaxBytes]);
        fixture.Open.Put("larger", new byte[MaxBytes + 1]);
        var largest = await FetchAsync(fixture.Open, "_fault/no-crc/largest");
        Assert.Null(largest.Error);
        Assert.Equal(MaxBytes, largest.Fetched?.Length);
        Assert.Equal("SCRIPT_TOO_LARGE", (await FetchAsync(fixture.Open, "_fault/no-crc/larger")).Error?.Code.Name);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task Refusal_names_a_wrong_clock(int direction)
    {
        using var server = CannedServer.Of(
            403, "<Error><Code>RequestTimeTooSkewed</Code></Error>", $"Date: {DateTimeOffset.UtcNow.AddHours(direction):R}");
        using var client = new CosClient(server.Url);
        var fetch = await FetchAsync(client, CosStandin.Location("echo.sh"), null);
        Assert.Equal("COS_FORBIDDEN", fetch.Error?.Code.Name);
        Assert.Matches($"this node's clock differs from the server's by {(direction > 0 ? "-" : "")}3[56]\\d\\d s", fetch.Error?.Message);
        using var right = CannedServer.Of(403, "", $"Date: {DateTimeOffset.UtcNow:R}");
        using var toRight = new CosClient(right.Url);
        Assert.DoesNotContain(
            "clock differs", (await FetchAsync(toRight, CosStandin.Location("echo.sh"), null)).Error?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Endless_error_answer_and_control_characters_are_cut()
    {
        using var server = CannedServer.Of(404, "<Code>\e[31mNo\nSuch\0Key</Code>" + new string('#', 1 << 20), "x-cos-request-id: id-1");
        using var client = new CosClient(server.Url);
        var fetch = await FetchAsync(client, CosStandin.Location("echo.sh"), null);
        Assert.Equal("COS_NOT_FOUND", fetch.Error?.Code.Name);
        Assert.EndsWith("HTTP 404,  [31mNo Such Key, request id id-1", fetch.Error?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancellation_ends_the_fetch_at_once()
    {
        using var cancel = new CancellationTokenSource();
        using var client = new CosClient(fixture.Open.Url);
        var path = Path.GetTempFileName();
        var fetch = client.FetchAsync(
            CosStandin.Location("_fault/503/cancelled/echo.sh"), null, path, Limits(Ample), _ => cancel.Cancel(), cancel.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fetch);
        File.Delete(path);
    }

    private static FetchLimits Limits(TimeSpan time) => new(MaxBytes, time, TimeProvider.System.GetTimestamp());

    private static string Sha256(string text) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static async Task<IReadOnlyList<(string Name, Fetch Fetch)>> AllAsync(
        IEnumerable<string> names, Func<string, Task<Fetch>> fetch) =>
        await Task.WhenAll(names.Select(async name => (name, await fetch(name))));

    private static async Task<Fetch> FetchAsync(CosStandin standin, string key, TimeSpan? limit = null)
    {
        using var client = new CosClient(standin.Url);
        return await FetchAsync(client, CosStandin.Location(key), null, limit);
    }

    private static async Task<Fetch> FetchAsync(CosClient client, Uri location, CosCredential? credential, TimeSpan? limit = null)
    {
        var path = Path.GetTempFileName();
        List<string> notes = [];
        try
        {
            var fetched = await client.FetchAsync(
                location, credential, path, Limits(limit ?? Ample), notes.Add, TestContext.Current.CancellationToken);
            return new Fetch(fetched, null, await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken), notes);
        }
        catch (AgentException e)
        {
            return new Fetch(null, e, null, notes);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
