using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image.Operations;

/// <summary>Removes what identifies one machine.</summary>
internal static class MachineOperations
{
    public const string IdentityName = "machine-id";
    public const string LeasesName = "dhcp";

    // systemd.io/BUILDING_IMAGES: with this word in machine-id the first boot creates an id.
    private const string NotYet = "uninitialized\n";
    private const string InitiatorName = "/etc/iscsi/initiatorname.iscsi";
    private const string CloudFolder = "/var/lib/cloud";
    private const string CloudScripts = "/var/lib/cloud/scripts";

    private const string IdentityDoes = "the machine id (emptied; the next boot creates a new one), systemd's random seed and"
        + " credential key, and this machine's names for DHCP, iSCSI, NVMe and NetworkManager";

    private const string CloudInitDoes = "cloud-init's state of this instance and its logs;"
        + " its seed and the scripts in scripts/per-boot, per-instance and per-once stay";

    private const string LeasesDoes = "leases of dhclient, dhcpcd, NetworkManager, wicked and systemd-networkd";

    public static Operation Identity { get; } = new(IdentityName, false, IdentityDoes, scanner =>
    {
        scanner.EmptyFile("/etc/machine-id", "machine id", NotYet);

        // Usually a link to /etc/machine-id, which can stay.
        if (scanner.Node.Tree.Inspect("/var/lib/dbus/machine-id") is { Status.Kind: FileKind.Regular } dbus)
        {
            scanner.Remove(dbus, "machine id");
        }

        scanner.FindTraces(IdentityName);
        FindInitiator(scanner);
    });

    public static Operation CloudInit { get; } = new("cloud-init", false, CloudInitDoes, scanner =>
    {
        scanner.RemoveContent(CloudFolder, "cloud-init's state of this instance", entry => IsSeed(entry.Path) || IsUserScript(entry.Path));
        scanner.RemoveFiles("/var/log", "cloud-init's log", name => name.StartsWith("cloud-init", StringComparison.Ordinal), deep: false);
        if (scanner.Node.Root.IsLive && HasUserScripts(scanner.Node.Tree))
        {
            scanner.Note(
                $"`cloud-init clean` and the programs in /etc/cloud/clean.d are not run: they would remove the scripts in {CloudScripts}");
        }
    })
    {
        Program = ["cloud-init", "clean", "--logs"],
        RunsProgram = tree => !HasUserScripts(tree),
    };

    public static Operation Leases { get; } = new(LeasesName, false, LeasesDoes, scanner => scanner.FindTraces(LeasesName))
    {
        IsRecreated = true,
    };

    /// <summary>
    /// Debian's iscsid needs the file and creates a name if it contains GenerateName=yes (/lib/open-iscsi/startup-checks.sh). Elsewhere
    /// iscsi-init.service creates a missing file.
    /// </summary>
    private static void FindInitiator(ImageScanner scanner)
    {
        string[] checks = ["/usr/lib/open-iscsi/startup-checks.sh", "/lib/open-iscsi/startup-checks.sh"];
        if (!Array.Exists(checks, path => scanner.Node.Tree.Inspect(path) is not null))
        {
            scanner.RemoveFile(InitiatorName, "iSCSI initiator's name");
            return;
        }

        static string Change(string line) => line.StartsWith("InitiatorName=", StringComparison.Ordinal) ? "GenerateName=yes\n" : line;
        scanner.ChangeText(
            InitiatorName, "iSCSI initiator's name; the next boot creates a new one", text => TraceFinder.ChangeLines(text, Change));
    }

    private static bool IsSeed(string path) => LocalPath.IsAtOrBelow(path, CloudFolder + "/seed");

    /// <summary>Whether the path is a user's own script. `cloud-init clean` would remove these too (cloudinit/cmd/clean.py).</summary>
    private static bool IsUserScript(string path) => LocalPath.IsAtOrBelow(path, CloudScripts) && TreePath.Parent(path) != CloudFolder
        && path[(CloudScripts.Length + 1)..].Split('/')[0] is "per-boot" or "per-instance" or "per-once";

    private static bool HasUserScripts(RootedFileTree tree) =>
        tree.Below(CloudScripts, _ => false).Any(entry => entry.Status is { Kind: not FileKind.Directory } && IsUserScript(entry.Path));
}
