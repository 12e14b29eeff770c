using System.Globalization;
using CsCheck;
using Thpc.NodeAgent.Host.Network;

namespace Thpc.NodeAgent.Tests.Host.Network;

/// <summary>The boot test uses a real server.</summary>
public sealed class NfsProbeTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // Record mark, xid, reply, accepted, no verifier and its length, accept status; RFC 5531, 9.
    [Theory]
    [InlineData("80000018 000186a3 00000001 00000000 00000000 00000000 00000000", null)]
    [InlineData("80000018 000186a3 00000001 00000000 00000000 00000000 00000001", "the server does not offer NFS on this port")]
    [InlineData("80000020 000186a3 00000001 00000000 00000000 00000000 00000002 00000003 00000003", "the server does not support NFS 4")]
    [InlineData("80000018 000186a3 00000001 00000001 00000001 00000005 00000000", "the server refused the call")]
    [InlineData("80000018 00000001 00000001 00000000 00000000 00000000 00000000", "the server that answers is not an NFS server")]
    [InlineData("80000018", "the server closed the connection, or is not an NFS server")]
    public void Reply_is_evaluated(string words, string? expected) =>
        Assert.Equal(expected, NfsProbe.Evaluate([.. words.Split(' ').SelectMany(Convert.FromHexString)], 4)?.English);

    [Fact]
    public void Any_reply_gives_a_sentence_or_null() =>
        Gen.Byte.Array[0, 64].Sample(bytes => NfsProbe.Evaluate(bytes, 3) is null or { English.Length: > 0, Chinese.Length: > 0 });

    [Fact]
    public async Task Other_servers_are_named()
    {
        using var web = CannedServer.Of(200, "hello");

        var fault = await NfsProbe.AskAsync("127.0.0.1", web.Url.Port, 4, TimeSpan.FromSeconds(20), Cancel);

        var server = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{web.Url.Port}");
        Assert.Equal(
            ("MOUNT_FAILED", $"{server}: the server that answers is not an NFS server"),
            (fault?.Code.Name, fault?.Message));
    }

    [Fact]
    public async Task Silent_server_ends_at_the_limit()
    {
        using var silent = new SilentServer();

        var fault = await NfsProbe.AskAsync("127.0.0.1", silent.Port, 3, TimeSpan.FromMilliseconds(200), Cancel);

        Assert.Equal("MOUNT_TIMEOUT", fault?.Code.Name);
        Assert.EndsWith(" accepts connections but did not answer an NFS call within 0.2 s", fault?.Message, StringComparison.Ordinal);
    }
}
