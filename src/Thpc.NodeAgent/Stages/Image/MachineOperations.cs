using Thpc.NodeAgent.Config;
using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>What tells one machine from another.</summary>
internal static class MachineOperations
{
    // systemd.io/BUILDING_IMAGES: of these a clone must have its own; this word in machine-id has it made at the first boot.
    private const string NotYet = "uninitialized\n";

    public static Operation Identity { get; } = new("machine-id", false, "the machine id (emptied, so that the next boot makes its own), systemd's random seed and credential key", find =>
    {
        find.EmptyFile("/etc/machine-id", "machine id", NotYet);

        // Mostly a link to the one above, and well then.
        if (find.Node.Tree.Look("/var/lib/dbus/machine-id") is { Status.Kind: FileKind.Regular } dbus)
        {
            find.Remove(dbus, "machine id");
        }

        find.RemoveFile("/var/lib/systemd/random-seed", "random seed");
        find.RemoveFile("/var/lib/systemd/credential.secret", "systemd's credential key");
    });

    public static Operation CloudInit { get; } = new("cloud-init", false, "cloud-init's state of this instance and its logs; its seed stays", find =>
    {
        find.RemoveContent("/var/lib/cloud", "cloud-init's state of this instance", entry => LocalPath.IsAtOrBelow(entry.Path, "/var/lib/cloud/seed"));
        find.RemoveFiles("/var/log", "cloud-init's log", name => name.StartsWith("cloud-init", StringComparison.Ordinal), deep: false);
    })
    {
        Program = ["cloud-init", "clean", "--logs"],
    };

    public static Operation Leases { get; } = new("dhcp", false, "leases of dhclient, dhcpcd, NetworkManager, wicked and systemd-networkd", find =>
    {
        foreach (var directory in (string[])["/var/lib/dhcp", "/var/lib/dhcp3", "/var/lib/dhclient", "/var/lib/dhcpcd", "/var/lib/NetworkManager", "/var/lib/wicked"])
        {
            find.RemoveFiles(directory, "lease", IsLease, deep: false);
        }

        find.RemoveContent("/var/lib/systemd/network", "lease");

        // On the machine itself this is in memory and in use.
        if (!find.Node.Root.IsLive)
        {
            find.RemoveContent("/run/systemd/netif/leases", "lease");
        }
    })
    {
        ComesAgain = true,
    };

    private static bool IsLease(string name) =>
        name.Contains(".lease", StringComparison.Ordinal) || (name.StartsWith("lease-", StringComparison.Ordinal) && name.EndsWith(".xml", StringComparison.Ordinal));
}
