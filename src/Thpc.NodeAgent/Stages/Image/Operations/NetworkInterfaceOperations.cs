using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image.Operations;

/// <summary>Removes what binds the network configuration to the interfaces of one machine.</summary>
internal static class NetworkInterfaceOperations
{
    private const string NetplanFiles = "/etc/netplan/*.yaml";
    private const string KeyFiles = "/etc/NetworkManager/system-connections/*";
    private const string NetworkdFiles = "/etc/systemd/network/*";

    // The first two: sysconfig.txt of initscripts (virt-sysprep: net-hwaddr), ifcfg(5) of SUSE.
    private static readonly string[] Files =
    [
        "/etc/sysconfig/network-scripts/ifcfg-*", "/etc/sysconfig/network/ifcfg-*", KeyFiles, NetworkdFiles, NetplanFiles,
    ];

    // cloudinit/net: eni.py, sysconfig.py, netplan.py, network_manager.py, networkd.py.
    private static readonly string[] CloudInitMarkers = ["cloud-init", "datasource"];

    private const string Does = "udev's names of this machine's network interfaces, and MAC addresses in ifcfg files, netplan,"
        + " NetworkManager and systemd-networkd if the rest still names the interface";

    public static Operation Interfaces { get; } = new("network-config", false, Does, scanner =>
    {
        // udev(7); virt-sysprep: udev-persistent-net. Its generator (75-persistent-net-generator.rules) stays.
        foreach (var name in (string[])["*-persistent-net.rules", "*-persistent-net-cloud-init.rules"])
        {
            foreach (var entry in TraceFinder.Match(scanner.Node, "/etc/udev/rules.d/" + name, scanner.ReportUninspected))
            {
                if (entry.Status is { Kind: FileKind.Regular, Size: > 0 })
                {
                    scanner.Remove(entry, "names of this machine's network interfaces");
                }
            }
        }

        foreach (var pattern in Files)
        {
            var format = pattern switch
            {
                NetplanFiles => NetworkFormat.Netplan,
                KeyFiles => NetworkFormat.KeyFile,
                NetworkdFiles => NetworkFormat.Networkd,
                _ => NetworkFormat.Ifcfg,
            };
            foreach (var entry in TraceFinder.Match(scanner.Node, pattern, scanner.ReportUninspected))
            {
                if (entry.Status is { Kind: FileKind.Regular } && scanner.Read(entry.Path) is { } text)
                {
                    Find(scanner, entry, format, text);
                }
            }
        }
    });

    private static void Find(ImageScanner scanner, TreeEntry entry, NetworkFormat format, string text)
    {
        var lines = MacAddressLines.Find(text, format);
        var cloudInitNote = IsFromCloudInit(scanner, entry.Path, text) ? "; cloud-init rewrites the file on the next machine" : "";
        if (lines.Removable.Count > 0)
        {
            var why = $"MAC address of this machine, {Numbers(lines.Removable)}{cloudInitNote}";
            scanner.ChangeText(entry.Path, why, old => MacAddressLines.Without(old, format));
        }

        if (lines.Essential.Count > 0 && entry.Path.EndsWith(".link", StringComparison.Ordinal))
        {
            // It configures an interface that no other machine has.
            scanner.Remove(entry, "applies only to a network interface of this machine");
        }
        else if (lines.Essential.Count > 0)
        {
            const string Advice =
                "; match the interface by name instead, because without the address the rest would apply to other interfaces or to none";
            scanner.Note($"{Describe(entry, lines.Essential)}: applies only to the network interface with this MAC address: kept"
                + (cloudInitNote.Length > 0 ? cloudInitNote : Advice));
        }

        if (lines.Assigned.Count > 0)
        {
            scanner.Note(
                $"{Describe(entry, lines.Assigned)}: assigns a fixed MAC address to a network interface: kept; nodes cannot share one");
        }
    }

    private static bool IsFromCloudInit(ImageScanner scanner, string path, string text)
    {
        if (scanner.Node.Tree.Inspect("/usr/bin/cloud-init") is null)
        {
            return false;
        }

        var comments = text.Split('\n').Take(5).Where(line => line.StartsWith('#'));
        return TreePath.Name(path).Contains("cloud-init", StringComparison.Ordinal)
            || comments.Any(line => Array.Exists(CloudInitMarkers, word => line.Contains(word, StringComparison.Ordinal)));
    }

    private static string Describe(TreeEntry entry, IReadOnlyList<int> lines) => $"{TreePath.Display(entry.Path)}, {Numbers(lines)}";

    private static string Numbers(IReadOnlyList<int> lines)
    {
        var text = lines.Count == 1 ? "line" : "lines";
        for (var i = 0; i < lines.Count; i++)
        {
            text += $"{(i > 0 ? "," : "")} {lines[i] + 1}";
        }

        return text;
    }
}
