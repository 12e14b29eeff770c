using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image.Operations;

/// <summary>What binds the network's configuration to the cards of one machine.</summary>
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
    private static readonly string[] CloudInitWords = ["cloud-init", "datasource"];

    private const string Does = "udev's names of this machine's network cards, and MAC addresses in ifcfg files, netplan, NetworkManager"
        + " and systemd-networkd where the rest still names the card";

    public static Operation Cards { get; } = new("network-config", false, Does, find =>
    {
        // udev(7); virt-sysprep: udev-persistent-net. Its generator (75-persistent-net-generator.rules) is the image's.
        foreach (var name in (string[])["*-persistent-net.rules", "*-persistent-net-cloud-init.rules"])
        {
            foreach (var entry in TraceFinder.Match(find.Node, "/etc/udev/rules.d/" + name, find.Unseen))
            {
                if (entry.Status is { Kind: FileKind.Regular, Size: > 0 })
                {
                    find.Remove(entry, "names of this machine's network cards");
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
            foreach (var entry in TraceFinder.Match(find.Node, pattern, find.Unseen))
            {
                if (entry.Status is { Kind: FileKind.Regular } && find.Read(entry.Path) is { } text)
                {
                    Find(find, entry, format, text);
                }
            }
        }
    });

    private static void Find(ImageScanner find, TreeEntry entry, NetworkFormat format, string text)
    {
        var lines = MacAddressLines.Find(text, format);
        var again = IsCloudInits(find, entry.Path, text) ? "; cloud-init writes the file again on the next machine" : "";
        if (lines.Removable.Count > 0)
        {
            var why = $"MAC address of this machine, {Numbers(lines.Removable)}{again}";
            find.ChangeText(entry.Path, why, old => MacAddressLines.Without(old, format));
        }

        if (lines.Stuck.Count > 0 && entry.Path.EndsWith(".link", StringComparison.Ordinal))
        {
            // It names or sets up a card that no other machine has.
            find.Remove(entry, "for a network card of this machine alone");
        }
        else if (lines.Stuck.Count > 0)
        {
            var advice = "; give the card's name there instead, for without the address the rest would be for other cards or for none";
            var words = "for the network card with this MAC address alone: left" + (again.Length > 0 ? again : advice);
            find.Note($"{Place(entry, lines.Stuck)}: {words}");
        }

        if (lines.Given.Count > 0)
        {
            find.Note($"{Place(entry, lines.Given)}: gives a network card a fixed MAC address: left; nodes cannot share one");
        }
    }

    private static bool IsCloudInits(ImageScanner find, string path, string text)
    {
        if (find.Node.Tree.Inspect("/usr/bin/cloud-init") is null)
        {
            return false;
        }

        var comments = text.Split('\n').Take(5).Where(line => line.StartsWith('#'));
        return TreePath.Name(path).Contains("cloud-init", StringComparison.Ordinal)
            || comments.Any(line => Array.Exists(CloudInitWords, word => line.Contains(word, StringComparison.Ordinal)));
    }

    private static string Place(TreeEntry entry, IReadOnlyList<int> lines) => $"{TreePath.Display(entry.Path)}, {Numbers(lines)}";

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
