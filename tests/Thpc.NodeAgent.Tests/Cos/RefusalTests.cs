using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Tests.Cos;

/// <summary>Each reason for 403 has its own sentence and hint.</summary>
public sealed class RefusalTests : IDisposable
{
    private static readonly CosCredential Right = new("id", "key", null, "role node");
    private readonly string _directory = Directory.CreateTempSubdirectory("refusal-").FullName;
    private readonly List<string> _notes = [];

    [Theory]
    [InlineData("id", "another", "echo.sh", "the secret key does not belong to this secret id", "Correct the secret key")]
    [InlineData("another", "key", "echo.sh", "COS does not know this secret id", "enabled in CAM")]
    [InlineData("id", "key", "_fault/403/echo.sh", "the credential may not read this object", "cam policy")]
    [InlineData("id", "key", "_fault/expired-token/echo.sh", "the temporary credential has expired", "new temporary key pair")]
    [InlineData(null, null, "echo.sh", "the object is not public", "Bind a CAM role")]
    public async Task Each_refusal_names_its_reason_and_the_credential(string? id, string? key, string path, string reason, string hint)
    {
        using var standin = await CosStandin.StartSignedAsync("id", "key", null);
        using var client = new CosClient(standin.Url);
        var error = await Assert.ThrowsAsync<AgentException>(
            () => FetchAsync(client, path, id is null ? null : new CosCredential(id, key!, null, "role node")));
        Assert.Equal("COS_FORBIDDEN", error.Code.Name);
        Assert.Contains($"echo.sh: {reason}, HTTP 403", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(
            id is null ? "the request was not signed" : "signed with the credential of role node", error.Message, StringComparison.Ordinal);
        Assert.Contains(hint, error.Hint.English, StringComparison.Ordinal);
        Assert.Single(standin.Requests());
    }

    [Theory]
    [InlineData(7200, "behind")]
    [InlineData(-7200, "ahead of")]
    public async Task Wrong_clock_is_corrected_by_the_servers_time(int ahead, string direction)
    {
        using var standin = await CosStandin.StartSignedAsync("id", "key", null, "--ahead", $"{ahead}");
        using var client = new CosClient(standin.Url);
        await FetchAsync(client, "echo.sh", Right);
        Assert.Equal([403, 200], standin.Requests().Select(request => request.Status));
        Assert.Matches($"^warning: this node's clock is 7(199|200|201) s {direction} the server's", Assert.Single(_notes));

        // Later requests use the server's time.
        await client.ReadStartAsync(
            CosStandin.Location("echo.sh"), Right, 8, TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.Equal([403, 200, 200], standin.Requests().Select(request => request.Status));
        using var other = new CosClient(standin.Url);
        await other.ReadStartAsync(
            CosStandin.Location("echo.sh"), Right, 8, TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.Equal([403, 200], standin.Requests().Skip(3).Select(request => request.Status));
    }

    [Fact]
    public async Task Clock_is_corrected_once()
    {
        using var server =
            CannedServer.Of(403, "<Error><Code>RequestTimeTooSkewed</Code></Error>", $"Date: {DateTimeOffset.UtcNow.AddHours(1):R}");
        using var client = new CosClient(server.Url);
        var error = await Assert.ThrowsAsync<AgentException>(() => FetchAsync(client, "echo.sh", Right));
        Assert.Contains("the clocks of this node and of COS differ too much", error.Message, StringComparison.Ordinal);
        Assert.Contains("chronyc makestep", error.Hint.English, StringComparison.Ordinal);
        Assert.Equal(2, server.Requests);
    }

    [Fact]
    public async Task Right_clock_is_not_corrected()
    {
        using var server = CannedServer.Of(
            403, "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>", $"Date: {DateTimeOffset.UtcNow:R}");
        using var client = new CosClient(server.Url);
        await Assert.ThrowsAsync<AgentException>(() => FetchAsync(client, "echo.sh", Right));
        Assert.Equal(1, server.Requests);
    }

    [Fact]
    public void Expired_presigned_URL_is_not_a_clock_fault()
    {
        var refusal = CosRefusal.From("AccessDenied", "Request has expired", isSigned: false);
        Assert.Equal((false, "the presigned URL has expired"), (refusal?.IsClock, refusal?.Reason.English));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private Task<FetchedObject> FetchAsync(CosClient client, string key, CosCredential? credential) => client.FetchAsync(
        CosStandin.Location(key), credential, Path.Combine(_directory, Path.GetRandomFileName()),
        new FetchLimits(1 << 20, TimeSpan.FromMinutes(1), TimeProvider.System.GetTimestamp()), _notes.Add,
        TestContext.Current.CancellationToken);
}
