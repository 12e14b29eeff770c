using System.Globalization;
using Thpc.NodeAgent.Host.Files;

namespace Thpc.NodeAgent.Host.Network;

/// <summary>
/// How many TCP segments this machine has sent since its boot. NFS sends a request again only after its timeout; a lost packet is sent
/// again by TCP long before, which only these counters show.
/// </summary>
/// <param name="sent">All of them (tcpOutSegs of RFC 4022, which Linux counts with those sent again).</param>
/// <param name="sentAgain">
/// Those sent again (tcpRetransSegs), without requests to connect (TCPSynRetrans): a server that is gone is no packet loss.
/// </param>
internal sealed class TcpCounters(long sent, long sentAgain)
{
    private const string Label = "tcp:";

    public long Sent => sent;

    public long SentAgain => sentAgain;

    /// <returns>Null where the kernel has no such files.</returns>
    public static TcpCounters? Read()
    {
        try
        {
            return Parse(
                RegularFile.ReadText("/proc/self/net/snmp") ?? "", RegularFile.ReadText("/proc/self/net/netstat") ?? "");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <param name="snmp">/proc/net/snmp: a line of names before each line of values.</param>
    /// <param name="netstat">/proc/net/netstat, the same.</param>
    public static TcpCounters? Parse(string snmp, string netstat) =>
        Value(snmp, "Tcp:", "OutSegs") is { } all && Value(snmp, "Tcp:", "RetransSegs") is { } again
            ? new TcpCounters(all, again - (Value(netstat, "TcpExt:", "TCPSynRetrans") ?? 0))
            : null;

    public string ToLine() => $"{Label} {sent} {sentAgain}\n";

    /// <param name="text">What has a line of <see cref="ToLine"/>.</param>
    public static TcpCounters? Find(string text)
    {
        foreach (var line in text.Split('\n'))
        {
            if (line.Split(' ') is [Label, var sent, var again] && Number(sent) is { } all && Number(again) is { } repeated)
            {
                return new TcpCounters(all, repeated);
            }
        }

        return null;
    }

    private static long? Value(string text, string label, string name)
    {
        string[]? names = null;
        foreach (var line in text.Split('\n'))
        {
            var fields = line.Split(' ');
            if (fields[0] != label)
            {
                continue;
            }

            if (names is null)
            {
                names = fields;
            }
            else
            {
                var at = Array.IndexOf(names, name);
                return at > 0 && at < fields.Length ? Number(fields[at]) : null;
            }
        }

        return null;
    }

    private static long? Number(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
