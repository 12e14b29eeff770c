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

/// <summary>The lines of a network configuration that hold a MAC address, by number from 0.</summary>
/// <param name="removable">Those that bind it to one card, where what is left still names its card.</param>
/// <param name="stuck">Those that bind it to one card, where what is left would be for every card or for none.</param>
/// <param name="given">Those that give a card its address.</param>
internal sealed class MacAddressLines(List<int> removable, List<int> stuck, List<int> given)
{
    // By format: section and key of what binds to a card, of what gives it an address, and of what names it.
    private static readonly string[] Binding =
    [
        " HWADDR ",
        " [ethernet]mac-address [802-3-ethernet]mac-address [infiniband]mac-address [wifi]mac-address ",
        " [Match]MACAddress [Match]PermanentMACAddress ",
    ];

    private static readonly string[] Giving =
    [
        " MACADDR LLADDR ",
        " [ethernet]cloned-mac-address [802-3-ethernet]cloned-mac-address [wifi]cloned-mac-address ",
        " [Link]MACAddress [NetDev]MACAddress ",
    ];

    private static readonly string[] Naming = [" DEVICE ", " [connection]interface-name ", ""];

    public IReadOnlyList<int> Removable => removable;

    public IReadOnlyList<int> Stuck => stuck;

    public IReadOnlyList<int> Given => given;

    public static MacAddressLines Find(string text, NetworkFormat format)
    {
        var lines = text.Split('\n');
        return format == NetworkFormat.Netplan ? InNetplan(lines) : InSections(lines, format);
    }

    /// <summary>The text without what can go.</summary>
    public static string Without(string text, NetworkFormat format)
    {
        var removable = Find(text, format).Removable;
        var number = 0;
        return TraceFinder.ChangeLines(text, line => removable.Contains(number++) ? null : line);
    }

    private static MacAddressLines InSections(string[] lines, NetworkFormat format)
    {
        List<int> bound = [], given = [];
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
            if (Binding[(int)format].Contains(word, StringComparison.Ordinal))
            {
                bound.Add(i);
            }
            else if (Giving[(int)format].Contains(word, StringComparison.Ordinal))
            {
                if (IsAddress(value))
                {
                    given.Add(i);
                }
            }
            else
            {
                hasName |= Naming[(int)format].Contains(word, StringComparison.Ordinal) || section == "[Match]";
            }
        }

        // Given its own address, which is the old machine's.
        for (var i = given.Count - 1; i >= 0; i--)
        {
            foreach (var other in bound)
            {
                if (Address(lines[other]).Equals(Address(lines[given[i]]), StringComparison.OrdinalIgnoreCase))
                {
                    bound.Add(given[i]);
                    given.RemoveAt(i);
                    break;
                }
            }
        }

        return hasName ? new MacAddressLines(bound, [], given) : new MacAddressLines([], bound, given);
    }

    private static MacAddressLines InNetplan(string[] lines)
    {
        List<int> removable = [], stuck = [], given = [], block = [];
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
                (others > 0 ? removable : stuck).AddRange(block);
                (match, others) = (-1, 0);
                block.Clear();
            }

            if (content.StartsWith("match:", StringComparison.Ordinal) && content[6..].TrimStart() is "" or ['#', ..])
            {
                match = indent;
            }
            else if (content.StartsWith("macaddress:", StringComparison.Ordinal))
            {
                (match >= 0 ? block : given).Add(i);
            }
            else if (content.Contains("macaddress:", StringComparison.Ordinal))
            {
                stuck.Add(i); // several keys in one line
            }
            else if (match >= 0)
            {
                others++;
            }
        }

        return new MacAddressLines(removable, stuck, given);
    }

    private static string Address(string line) => line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..].Trim().Trim('"', '\'');

    private static bool IsAddress(string value) => value.Split(':', '-') is { Length: 6 or 20 } parts
        && Array.TrueForAll(parts, part => part.Length == 2 && char.IsAsciiHexDigit(part[0]) && char.IsAsciiHexDigit(part[1]));
}
