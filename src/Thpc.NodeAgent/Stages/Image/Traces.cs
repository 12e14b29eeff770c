namespace Thpc.NodeAgent.Stages.Image;

/// <summary>What an old cluster and the source machine leave at fixed places; `image prep` and `image check` both read it here.</summary>
internal static class Traces
{
    private const string Keys = SchedulerOperations.Name;
    private const string Machine = MachineOperations.IdentityName;
    private const string Dhcp = MachineOperations.LeasesName;
    private const string MungeKey = "munge's key";
    private const string SlurmFile = "Slurm's configuration or key";
    private const string SlurmServer = "Slurm's server";
    private const string SlurmSpool = "Slurm's spool";
    private const string GridMaster = "Grid Engine's master";
    private const string Duid = "DHCP's unique identifier";
    private const string Lease = "lease";
    private const string NetConfig = "NETCONFIG_NIS_STATIC_";

    private static readonly string[] DhclientFolders = ["/var/lib/dhcp", "/var/lib/dhcp3", "/var/lib/dhclient"];
    private static readonly string[] LeaseFolders = [.. DhclientFolders, "/var/lib/dhcpcd", "/var/db/dhcpcd", "/var/lib/NetworkManager"];

    public static IReadOnlyList<Trace> All { get; } =
    [
        // munged(8): FILES, --key-file, --seed-file; its default for another --sysconfdir.
        new(Keys, "/etc/munge/*", MungeKey),
        new(Keys, "/etc/munge.key*", MungeKey),
        new(Keys, "/usr/local/etc/munge/*", MungeKey),
        new(Keys, "/root/munge.key*", MungeKey),
        new(Machine, "/var/lib/munge/munge*.seed", "munge's random seed"),

        // slurm.conf(5), slurmd(8), sackd(8); slurm.schedmd.com: authentication (slurm.key, slurm.jwks), jwt, configless_slurm
        .. SlurmFiles.Directories.Select(SlurmFolder),
        new(Keys, "/usr/local/etc/*", SlurmFile) { Named = SlurmFiles.IsOwnConfiguration },
        new(Keys, "/run/slurm/conf", "configuration that slurmd was sent", TraceKind.Content) { IsOffline = true },
        new(Keys, "/var/spool/slurm*", SlurmSpool, TraceKind.Content),
        new(Keys, "/var/lib/slurm*/slurmd", SlurmSpool, TraceKind.Content), // SlurmdSpoolDir of Debian's slurm.conf
        Server("/etc/default/slurmd"),
        Server("/etc/default/sackd"),
        Server("/etc/sysconfig/slurmd"),
        Server("/etc/sysconfig/sackd"),
        Server("/etc/systemd/system/slurmd.service"),
        Server("/etc/systemd/system/sackd.service"),
        Server("/etc/systemd/system/slurmd.service.d/*.conf"),
        Server("/etc/systemd/system/sackd.service.d/*.conf"),

        // yp.conf(5), ypbind(8), domainname(1), netconfig(8) of SUSE; Debian's /etc/default/nis; sysconfig.txt of initscripts.
        new(Keys, "/etc/defaultdomain", "NIS domain"),
        new(Keys, "/etc/yp.conf", "NIS server", TraceKind.Lines) { Line = line => FirstWord(line) is "ypserver" or "domain" ? null : line },
        new(Keys, "/etc/sysconfig/network", "NIS domain", TraceKind.Lines) { Line = line => Emptied(line, "NISDOMAIN") },
        new(Keys, "/etc/sysconfig/network/config", "NIS server", TraceKind.Lines) { Line = line => Emptied(line, NetConfig) },
        new(Keys, "/etc/default/nis", "NIS server", TraceKind.Lines) { Line = line => Emptied(line, "NISMASTER") },
        new(Keys, "/var/yp/binding", "NIS server", TraceKind.Content),

        // sge_conf(5), sge_qmaster(8), sge_shadowd(8): $SGE_ROOT/$SGE_CELL/common; roots of Debian, EPEL, Rocks and Son of Grid Engine.
        .. GridEngine("act_qmaster"),
        .. GridEngine("shadow_masters"),
        new(Keys, "/var/spool/gridengine/execd", "Grid Engine's spool", TraceKind.Content),

        // machine-id(5) is an operation's own code; systemd.io/BUILDING_IMAGES.
        new(Machine, "/var/lib/systemd/random-seed", "random seed"),
        new(Machine, "/var/lib/systemd/credential.secret", "systemd's credential key"),

        // dhcpcd(8): FILES, older releases in /etc; wicked's src/duid.c and src/iaid.c; NetworkManager(8): secret_key.
        new(Machine, "/var/lib/dhcpcd/duid", Duid),
        new(Machine, "/var/lib/dhcpcd/secret", "dhcpcd's secret"),
        new(Machine, "/var/db/dhcpcd/duid", Duid),
        new(Machine, "/var/db/dhcpcd/secret", "dhcpcd's secret"),
        new(Machine, "/etc/dhcpcd.duid", Duid),
        new(Machine, "/etc/dhcpcd.secret", "dhcpcd's secret"),
        new(Machine, "/var/lib/wicked/duid.xml", Duid),
        new(Machine, "/var/lib/wicked/iaid.xml", "DHCP's identifiers of network cards"),
        .. DhclientFolders.Select(ClientDuid), // dhclient.leases(5)
        new(Machine, "/var/lib/NetworkManager/secret_key", "NetworkManager's host key"),
        new(Machine, "/var/lib/NetworkManager/timestamps", "when NetworkManager used its connections") { IsOffline = true },
        new(Machine, "/var/lib/NetworkManager/seen-bssids", "what NetworkManager saw") { IsOffline = true },

        // nvme-gen-hostnqn(1); yum's $uuid (virt-sysprep: yum-uuid).
        new(Machine, "/etc/nvme/hostnqn", "name of this host for NVMe"),
        new(Machine, "/etc/nvme/hostid", "id of this host for NVMe"),
        new(Machine, "/var/lib/yum/uuid", "yum's id of this machine"),

        // dhclient.leases(5), dhcpcd(8), wicked's lease-*.xml, systemd-networkd's leases (virt-sysprep: dhcp-client-state).
        .. LeaseFolders.Select(folder => new Trace(Dhcp, folder + "/*.lease*", Lease)),
        new(Dhcp, "/var/lib/wicked/lease-*.xml", Lease),
        new(Dhcp, "/var/lib/systemd/network", Lease, TraceKind.Content),
        new(Dhcp, "/run/systemd/netif/leases", Lease, TraceKind.Content) { IsOffline = true },
    ];

    private static Trace Server(string pattern) => new(Keys, pattern, SlurmServer, TraceKind.Lines) { Line = SlurmFiles.WithoutServer };

    private static Trace SlurmFolder(string pattern) =>
        new(Keys, pattern, SlurmFile, TraceKind.FilesBelow) { Named = SlurmFiles.IsConfiguration };

    private static Trace ClientDuid(string folder) =>
        new(Machine, folder + "/*.lease*", Duid, TraceKind.Lines) { Line = line => FirstWord(line) == "default-duid" ? null : line };

    private static IEnumerable<Trace> GridEngine(string file) =>
        SchedulerOperations.GridEngineCells.Select(cell => new Trace(Keys, $"{cell}/common/{file}", GridMaster));

    private static string FirstWord(string line)
    {
        var start = line.TrimStart();
        var end = start.AsSpan().IndexOfAny(" \t\r\n");
        return end < 0 ? start : start[..end];
    }

    /// <summary>A line of a shell's variables with nothing as the value, where the name begins so and there is a value.</summary>
    private static string Emptied(string line, string name)
    {
        var equals = line.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 && line.TrimStart().StartsWith(name, StringComparison.Ordinal)
            && line[(equals + 1)..].Trim() is not ("" or "\"\"" or "''") ? line[..equals] + "=\"\"\n" : line;
    }
}
