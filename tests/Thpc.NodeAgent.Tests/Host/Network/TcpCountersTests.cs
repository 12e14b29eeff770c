using CsCheck;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Network;

namespace Thpc.NodeAgent.Tests.Host.Network;

public sealed class TcpCountersTests
{
    // From Debian 12's kernel 6.1, shortened.
    private const string Snmp = """
        Ip: Forwarding DefaultTTL InReceives
        Ip: 2 64 361472
        Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens InSegs OutSegs RetransSegs InErrs OutRsts InCsumErrors
        Tcp: 1 200 120000 -1 28887 372138 360376 1080 0 6970 0
        Udp: InDatagrams OutSegs
        Udp: 1 2
        """;

    private const string Netstat = """
        TcpExt: SyncookiesSent TCPSynRetrans TCPOrigDataSent
        TcpExt: 0 80 12345
        IpExt: InNoRoutes
        IpExt: 0
        """;

    [Fact]
    public void Requests_to_connect_are_not_packets_lost()
    {
        var counters = TcpCounters.Parse(Snmp, Netstat)!;
        Assert.Equal((360_376, 1000), (counters.Sent, counters.SentAgain));
        Assert.Equal(1080, TcpCounters.Parse(Snmp, "")?.SentAgain);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Tcp: OutSegs RetransSegs")]
    [InlineData("Tcp: OutSegs RetransSegs\nTcp: 5")]
    [InlineData("Tcp: OutSegs RetransSegs\nTcp: 5 x")]
    [InlineData("Tcp: InSegs\nTcp: 5")]
    public void What_the_kernel_does_not_count_is_no_number(string snmp) => Assert.Null(TcpCounters.Parse(snmp, Netstat));

    [Fact]
    public void Reads_the_counters_of_this_kernel()
    {
        var first = TcpCounters.Read()!;
        var second = TcpCounters.Read()!;
        Assert.InRange(second.Sent, first.Sent, long.MaxValue);
        Assert.InRange(second.SentAgain, first.SentAgain, second.Sent);
    }

    [Fact]
    public void Kept_readings_have_them() => Gen.Select(Gen.Long[0, long.MaxValue], Gen.Long[0, long.MaxValue]).Sample((sent, again) =>
    {
        var readings = MountStatistics.ParseKept(
            MountStatistics.ToText([new(1, []) { Tcp = new TcpCounters(sent, again) }, new(2, MountStatistics.Parse(NfsReadings.Loaded))]));
        Assert.Equal((sent, again), (readings[0].Tcp!.Sent, readings[0].Tcp!.SentAgain));
        Assert.Null(readings[1].Tcp);
        Assert.Single(readings[1].Mounts);
    });
}
