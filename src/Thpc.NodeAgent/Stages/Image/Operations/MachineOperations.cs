using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image.Operations;

/// <summary>What tells one machine from another.</summary>
internal static class MachineOperations
{
    public const string IdentityName = "machine-id";
    public const string LeasesName = "dhcp";

    // systemd.io/BUILDING_IMAGES: of these a clone must have its own; this word in machine-id has it made at the first boot.
    private const string NotYet = "uninitialized\n";
    private const string InitiatorName = "/etc/iscsi/initiatorname.iscsi";
    private const string CloudFolder = "/var/lib/cloud";
    private const string CloudScripts = "/var/lib/cloud/scripts";

    private const string IdentityDoes = "the machine id (emptied, so that the next boot makes its own), systemd's random seed and"
        + " credential key, and this machine's names for DHCP, iSCSI, NVMe and NetworkManager";

    private const string CloudInitDoes = "cloud-init's state of this instance and its logs;"
        + " its seed and the scripts in scripts/per-boot, per-instance and per-once stay";

    private const string LeasesDoes = "leases of dhclient, dhcpcd, NetworkManager, wicked and systemd-networkd";

    public static Operation Identity { get; } = new(IdentityName, false, IdentityDoes, find =>
    {
        find.EmptyFile("/etc/machine-id", "machine id", NotYet);

        // Mostly a link to the one above, and well then.
        if (find.Node.Tree.Inspect("/var/lib/dbus/machine-id") is { Status.Kind: FileKind.Regular } dbus)
        {
            find.Remove(dbus, "machine id");
        }

        find.FindTraces(IdentityName);
        FindInitiator(find);
    });

    public static Operation CloudInit { get; } = new("cloud-init", false, CloudInitDoes, find =>
    {
        find.RemoveContent(CloudFolder, "cloud-init's state of this instance", entry => IsSeed(entry.Path) || IsOwnScript(entry.Path));
        find.RemoveFiles("/var/log", "cloud-init's log", name => name.StartsWith("cloud-init", StringComparison.Ordinal), deep: false);
        if (find.Node.Root.IsLive && HasOwnScripts(find.Node.Tree))
        {
            find.Note($"`cloud-init clean` is not run, nor what is in /etc/cloud/clean.d: it would remove the scripts in {CloudScripts}");
        }
    })
    {
        Program = ["cloud-init", "clean", "--logs"],
        RunsProgram = tree => !HasOwnScripts(tree),
    };

    public static Operation Leases { get; } = new(LeasesName, false, LeasesDoes, find => find.FindTraces(LeasesName))
    {
        ComesAgain = true,
    };

    /// <summary>
    /// Debian's iscsid does not start without the file, and makes a name where it says so (/lib/open-iscsi/startup-checks.sh); elsewhere
    /// iscsi-init.service makes the file where there is none.
    /// </summary>
    private static void FindInitiator(ImageScanner find)
    {
        string[] checks = ["/usr/lib/open-iscsi/startup-checks.sh", "/lib/open-iscsi/startup-checks.sh"];
        if (!Array.Exists(checks, path => find.Node.Tree.Inspect(path) is not null))
        {
            find.RemoveFile(InitiatorName, "iSCSI initiator's name");
            return;
        }

        static string Change(string line) => line.StartsWith("InitiatorName=", StringComparison.Ordinal) ? "GenerateName=yes\n" : line;
        find.ChangeText(InitiatorName, "iSCSI initiator's name, which is made again", text => TraceFinder.ChangeLines(text, Change));
    }

    private static bool IsSeed(string path) => LocalPath.IsAtOrBelow(path, CloudFolder + "/seed");

    /// <summary>People's own, which `cloud-init clean` would remove too (cloudinit/cmd/clean.py).</summary>
    private static bool IsOwnScript(string path) => LocalPath.IsAtOrBelow(path, CloudScripts) && TreePath.Parent(path) != CloudFolder
        && path[(CloudScripts.Length + 1)..].Split('/')[0] is "per-boot" or "per-instance" or "per-once";

    private static bool HasOwnScripts(RootedFileTree tree) =>
        tree.Below(CloudScripts, _ => false).Any(entry => entry.Status is { Kind: not FileKind.Directory } && IsOwnScript(entry.Path));
}
