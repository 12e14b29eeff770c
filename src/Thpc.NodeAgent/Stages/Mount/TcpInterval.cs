using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Network;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>The TCP segments that this node sent between two readings of the kernel's counters, to all servers.</summary>
internal sealed class TcpInterval(long seconds, TcpCounters before, TcpCounters now)
{
    // A healthy network loses less than one in a hundred. Fewer than twenty say nothing: one lost connection makes up to fifteen.
    private const long MinSentAgain = 20;
    private const long MinPercent = 5;

    public long Seconds => seconds;

    public long Sent => now.Sent - before.Sent;

    public long SentAgain => now.SentAgain - before.SentAgain;

    /// <summary>Whether packets are lost; null if not.</summary>
    public LocalizedText? Problem =>
        SentAgain >= MinSentAgain && SentAgain * 100 >= Sent * MinPercent
            ? Messages.TcpSentAgain($"{Seconds}", $"{SentAgain}", $"{Sent}") : null;
}
