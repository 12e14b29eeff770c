using System.Globalization;
using System.Net;

namespace Thpc.NodeAgent.Host.Network;

/// <summary>An established or outgoing TCP connection.</summary>
/// <param name="Inode">The inode of its socket, as in /proc/PID/fd.</param>
/// <param name="Answered">Whether the remote side has accepted it.</param>
internal sealed record TcpConnection(long Inode, IPEndPoint Remote, bool Answered);

/// <summary>The TCP connections of this machine, from /proc/net/tcp and tcp6 (proc(5)).</summary>
internal static class TcpTable
{
    private const int Inode = 9;

    public static IReadOnlyList<TcpConnection> Read() =>
        [.. ((string[])["/proc/net/tcp", "/proc/net/tcp6"]).Where(File.Exists).SelectMany(File.ReadLines).Select(Parse)
            .OfType<TcpConnection>()];

    /// <returns>Null if the line is not a connection, or the connection is closed.</returns>
    public static TcpConnection? Parse(string line)
    {
        // 0: 0100007F:C350 5A031EAC:0801 02 ... inode: addresses are 4-byte words in the machine's byte order.
        var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > Inode && fields[3] is "01" or "02" && EndPoint(fields[2]) is { } remote
            && long.TryParse(fields[Inode], NumberStyles.None, CultureInfo.InvariantCulture, out var inode)
            ? new TcpConnection(inode, remote, fields[3] == "01")
            : null;
    }

    private static IPEndPoint? EndPoint(string text)
    {
        var (address, port) = text.Split(':') is [{ Length: 8 or 32 } first, { Length: 4 } second] ? (first, second) : ("", "");
        if (address.Length == 0 || !address.All(char.IsAsciiHexDigit) || !port.All(char.IsAsciiHexDigit))
        {
            return null;
        }

        var bytes = Convert.FromHexString(address);
        for (var i = 0; i < bytes.Length; i += 4)
        {
            bytes.AsSpan(i, 4).Reverse();
        }

        var ip = new IPAddress(bytes);
        return new IPEndPoint(
            ip.IsIPv4MappedToIPv6 ? ip.MapToIPv4() : ip, int.Parse(port, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
    }
}
