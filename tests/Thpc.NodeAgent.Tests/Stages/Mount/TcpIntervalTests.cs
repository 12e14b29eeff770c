using Thpc.NodeAgent.Host.Network;
using Thpc.NodeAgent.Stages.Mount;

namespace Thpc.NodeAgent.Tests.Stages.Mount;

public sealed class TcpIntervalTests
{
    [Theory]
    [InlineData(100, 20, true)]
    [InlineData(100, 19, false)]
    [InlineData(400, 20, true)]
    [InlineData(401, 20, false)]
    [InlineData(1_000_000, 50_000, true)]
    [InlineData(1_000_000, 49_999, false)]
    [InlineData(0, 0, false)]
    public void One_of_twenty_sent_again_is_loss(long sent, long again, bool lost)
    {
        var interval = new TcpInterval(120, new TcpCounters(7000, 5000), new TcpCounters(7000 + sent, 5000 + again));
        Assert.Equal((sent, again, 120), (interval.Sent, interval.SentAgain, interval.Seconds));
        Assert.Equal(lost, interval.Problem is not null);
    }

    [Fact]
    public void Problem_has_both_numbers() => Assert.Equal(
        "packets are lost: in the last 120 s this node sent 20 TCP segments again, of 100",
        new TcpInterval(120, new TcpCounters(0, 0), new TcpCounters(100, 20)).Problem?.English);
}
