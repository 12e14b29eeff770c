using System.Net;
using System.Net.Sockets;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Host.Network;

/// <summary>
/// The addresses of this machine's interfaces, as the kernel lists them in /proc/net. Reads files only: an unpacked image has none.
/// </summary>
internal static class OwnAddresses
{
    /// <returns>
    /// IPv4 first, in numerical order; without loopback and link-local addresses. Empty if the kernel's lists cannot be read.
    /// </returns>
    public static IReadOnlyList<string> Read(NodeRoot root) =>
        Parse(ProcFiles.Read(root.Locate("/proc/net/fib_trie")) ?? "", ProcFiles.Read(root.Locate("/proc/net/if_inet6")) ?? "");

    /// <param name="fibTrie">A leaf of an own address is two lines: `|-- ADDRESS`, then `/32 host LOCAL`.</param>
    /// <param name="ifInet6">One line per address, which begins with 32 hexadecimal digits.</param>
    public static IReadOnlyList<string> Parse(string fibTrie, string ifInet6)
    {
        List<IPAddress> addresses = [];
        var leaf = "";
        foreach (var line in fibTrie.Split('\n', StringSplitOptions.TrimEntries))
        {
            if (line.StartsWith("|-- ", StringComparison.Ordinal))
            {
                leaf = line[4..];
            }
            else if (line == "/32 host LOCAL" && IPAddress.TryParse(leaf, out var address))
            {
                addresses.Add(address);
            }
        }

        foreach (var line in ifInet6.Split('\n'))
        {
            if (line.Length > 32 && line[..32].All(char.IsAsciiHexDigit))
            {
                addresses.Add(new IPAddress(Convert.FromHexString(line[..32])));
            }
        }

        return
        [
            .. addresses.Where(address => !IPAddress.IsLoopback(address) && !IsLinkLocal(address)).Distinct()
                .OrderBy(address => address.AddressFamily != AddressFamily.InterNetwork)
                .ThenBy(address => Convert.ToHexString(address.GetAddressBytes()), StringComparer.Ordinal)
                .Select(address => address.ToString()),
        ];
    }

    private static bool IsLinkLocal(IPAddress address) =>
        address.IsIPv6LinkLocal || address.GetAddressBytes() is [169, 254, _, _];
}
