namespace Thpc.NodeAgent.Stages.Image;

internal enum NetworkFormat
{
    /// <summary>ifcfg-* of initscripts: HWADDR, MACADDR.</summary>
    Ifcfg,

    /// <summary>nm-settings-keyfile(5).</summary>
    KeyFile,

    /// <summary>systemd.link(5), systemd.network(5), systemd.netdev(5).</summary>
    Networkd,

    /// <summary>netplan(5).</summary>
    Netplan,
}

/// <summary>The zero-based numbers of lines with a MAC address in a network configuration.</summary>
/// <param name="removable">Lines that match one interface by its MAC address, and without which the rest still names the interface.</param>
/// <param name="essential">The same, but without them the rest would apply to every interface or to none.</param>
/// <param name="assigned">Lines that assign a MAC address to an interface.</param>
internal sealed class MacAddressLines(List<int> removable, List<int> essential, List<int> assigned)
{
    // For each format the [section]key that matches an interface by MAC address, that assigns one, and that names the interface.
    private static readonly string[] MatchKeys =
    [
        " HWADDR ",
        " [ethernet]mac-address [802-3-ethernet]mac-address [infiniband]mac-address [wifi]mac-address ",
        " [Match]MACAddress [Match]PermanentMACAddress ",
    ];

    private static readonly string[] AssignKeys =
    [
        " MACADDR LLADDR ",
        " [ethernet]cloned-mac-address [802-3-ethernet]cloned-mac-address [wifi]cloned-mac-address ",
        " [Link]MACAddress [NetDev]MACAddress ",
    ];

    private static readonly string[] NameKeys = [" DEVICE ", " [connection]interface-name ", ""];

    public IReadOnlyList<int> Removable => removable;

    public IReadOnlyList<int> Essential => essential;

    public IReadOnlyList<int> Assigned => assigned;

    public static MacAddressLines Find(string text, NetworkFormat format)
    {
        var lines = text.Split('\n');
        return format == NetworkFormat.Netplan ? InNetplan(lines) : InSections(lines, format);
    }

    /// <summary>The text without its removable lines.</summary>
    public static string Without(string text, NetworkFormat format)
    {
        var removable = Find(text, format).Removable;
        var number = 0;
        return TraceFinder.ChangeLines(text, line => removable.Contains(number++) ? null : line);
    }

    private static MacAddressLines InSections(string[] lines, NetworkFormat format)
    {
        List<int> matched = [], assigned = [];
        var section = "";
        var hasName = false;
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].Trim();
            if (line.StartsWith('['))
            {
                section = line;
            }

            var equals = line.IndexOf('=', StringComparison.Ordinal);
            var value = equals > 0 ? line[(equals + 1)..].Trim().Trim('"', '\'') : "";
            if (value.Length == 0 || line[0] is '#' or ';')
            {
                continue;
            }

            var word = $" {section}{line[..equals].TrimEnd()} ";
            if (MatchKeys[(int)format].Contains(word, StringComparison.Ordinal))
            {
                matched.Add(i);
            }
            else if (AssignKeys[(int)format].Contains(word, StringComparison.Ordinal))
            {
                if (IsAddress(value))
                {
                    assigned.Add(i);
                }
            }
            else
            {
                hasName |= NameKeys[(int)format].Contains(word, StringComparison.Ordinal) || section == "[Match]";
            }
        }

        // An assigned address that equals the matched one is the old machine's own.
        for (var i = assigned.Count - 1; i >= 0; i--)
        {
            foreach (var other in matched)
            {
                if (Address(lines[other]).Equals(Address(lines[assigned[i]]), StringComparison.OrdinalIgnoreCase))
                {
                    matched.Add(assigned[i]);
                    assigned.RemoveAt(i);
                    break;
                }
            }
        }

        return hasName ? new MacAddressLines(matched, [], assigned) : new MacAddressLines([], matched, assigned);
    }

    private static MacAddressLines InNetplan(string[] lines)
    {
        List<int> removable = [], essential = [], assigned = [], block = [];
        var match = -1;
        var others = 0;
        for (var i = 0; i <= lines.Length; i++)
        {
            var content = i < lines.Length ? lines[i].Trim() : "end:";
            if (content.Length == 0 || content[0] == '#')
            {
                continue;
            }

            var indent = i < lines.Length ? lines[i].Length - lines[i].TrimStart().Length : -1;
            if (match >= 0 && indent <= match)
            {
                (others > 0 ? removable : essential).AddRange(block);
                (match, others) = (-1, 0);
                block.Clear();
            }

            if (content.StartsWith("match:", StringComparison.Ordinal) && content[6..].TrimStart() is "" or ['#', ..])
            {
                match = indent;
            }
            else if (content.StartsWith("macaddress:", StringComparison.Ordinal))
            {
                (match >= 0 ? block : assigned).Add(i);
            }
            else if (content.Contains("macaddress:", StringComparison.Ordinal))
            {
                essential.Add(i); // several keys in one line
            }
            else if (match >= 0)
            {
                others++;
            }
        }

        return new MacAddressLines(removable, essential, assigned);
    }

    private static string Address(string line) => line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..].Trim().Trim('"', '\'');

    private static bool IsAddress(string value) => value.Split(':', '-') is { Length: 6 or 20 } parts
        && Array.TrueForAll(parts, part => part.Length == 2 && char.IsAsciiHexDigit(part[0]) && char.IsAsciiHexDigit(part[1]));
}
