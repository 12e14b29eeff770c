using Thpc.NodeAgent.Stages.Image.Operations;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>The leftovers of an old cluster and of the source machine at fixed paths.</summary>
internal static class Traces
{
    private const string Keys = SchedulerOperations.Name;
    private const string Machine = MachineOperations.IdentityName;
    private const string Dhcp = MachineOperations.LeasesName;
    private const string SlurmFile = "Slurm's configuration or key";
    private const string NisServer = "NIS domain or server";
    private const string GridMaster = "Grid Engine's master";
    private const string Duid = "DHCP unique identifier";
    private const string Lease = "lease";
    private const string DhclientLeases = "/var/lib/dhcp/*.lease* /var/lib/dhcp3/*.lease* /var/lib/dhclient/*.lease*";

    private const string NetworkManagerHistory = "/var/lib/NetworkManager/timestamps /var/lib/NetworkManager/seen-bssids";
    private const string NisSettings = "/etc/sysconfig/network /etc/sysconfig/network/config /etc/default/nis";

    private const string SlurmOptions = "/etc/default/slurmd /etc/default/sackd /etc/sysconfig/slurmd /etc/sysconfig/sackd"
        + " /etc/systemd/system/slurmd.service /etc/systemd/system/sackd.service"
        + " /etc/systemd/system/slurmd.service.d/*.conf /etc/systemd/system/sackd.service.d/*.conf";

    public static IReadOnlyList<Trace> All { get; } =
    [
        // munged(8): FILES, --key-file, --seed-file; its default for another --sysconfdir.
        new(Keys, "/etc/munge/* /etc/munge.key* /usr/local/etc/munge/* /root/munge.key*", "munge's key"),
        new(Machine, "/var/lib/munge/munge*.seed", "munge's random seed"),

        // slurm.conf(5), slurmd(8), sackd(8); slurm.schedmd.com: authentication (slurm.key, slurm.jwks), jwt, configless_slurm.
        new(Keys, SlurmFiles.Directories, SlurmFile, TraceKind.FilesBelow) { Named = SlurmFiles.IsConfiguration },
        new(Keys, "/usr/local/etc/*", SlurmFile) { Named = SlurmFiles.IsOwnConfiguration },
        new(Keys, "/run/slurm/conf", SlurmFile, TraceKind.Content) { IsOfflineOnly = true },
        new(Keys, "/var/spool/slurm* /var/lib/slurm*/slurmd", "Slurm's spool", TraceKind.Content), // the second: Debian's
        new(Keys, SlurmOptions, "Slurm's server", TraceKind.Lines) { Line = SlurmFiles.WithoutServer },

        // yp.conf(5), ypbind(8), domainname(1), netconfig(8) of SUSE; Debian's /etc/default/nis; sysconfig.txt of initscripts.
        new(Keys, "/etc/defaultdomain", NisServer),
        new(Keys, "/etc/yp.conf", NisServer, TraceKind.Lines) { Line = line => FirstWord(line) is "ypserver" or "domain" ? null : line },
        new(Keys, NisSettings, NisServer, TraceKind.Lines) { Line = WithoutNis },
        new(Keys, "/var/yp/binding", NisServer, TraceKind.Content),

        // sge_conf(5), sge_qmaster(8), sge_shadowd(8): $SGE_ROOT/$SGE_CELL/common; roots of Debian, EPEL, Rocks and Son of Grid Engine.
        new(Keys, Below(SchedulerOperations.GridEngineCells, "/common/act_qmaster"), GridMaster),
        new(Keys, Below(SchedulerOperations.GridEngineCells, "/common/shadow_masters"), GridMaster),
        new(Keys, "/var/spool/gridengine/execd", "Grid Engine's spool", TraceKind.Content),

        // machine-id(5) itself is handled by the operation; systemd.io/BUILDING_IMAGES.
        new(Machine, "/var/lib/systemd/random-seed", "random seed"),
        new(Machine, "/var/lib/systemd/credential.secret", "systemd's credential key"),

        // dhcpcd(8): FILES, older releases in /etc and /var/db; wicked's src/duid.c and src/iaid.c; dhclient.leases(5).
        new(Machine, "/var/lib/dhcpcd/duid /var/db/dhcpcd/duid /etc/dhcpcd.duid /var/lib/wicked/duid.xml /var/lib/wicked/iaid.xml", Duid),
        new(Machine, "/var/lib/dhcpcd/secret /var/db/dhcpcd/secret /etc/dhcpcd.secret", "dhcpcd's secret"),
        new(Machine, DhclientLeases, Duid, TraceKind.Lines) { Line = line => FirstWord(line) == "default-duid" ? null : line },

        // NetworkManager(8) and its secret_key; nvme-gen-hostnqn(1); yum's $uuid (virt-sysprep: yum-uuid).
        new(Machine, "/var/lib/NetworkManager/secret_key", "NetworkManager's host key"),
        new(Machine, NetworkManagerHistory, "NetworkManager's connection history") { IsOfflineOnly = true },
        new(Machine, "/etc/nvme/hostnqn /etc/nvme/hostid", "this machine's NVMe host name or id"),
        new(Machine, "/var/lib/yum/uuid", "yum's machine id"),

        // dhclient.leases(5), dhcpcd(8), wicked's lease-*.xml, systemd-networkd's leases (virt-sysprep: dhcp-client-state).
        new(Dhcp, DhclientLeases + " /var/lib/dhcpcd/*.lease* /var/db/dhcpcd/*.lease* /var/lib/NetworkManager/*.lease*", Lease),
        new(Dhcp, "/var/lib/wicked/lease-*.xml", Lease),
        new(Dhcp, "/var/lib/systemd/network", Lease, TraceKind.Content),
        new(Dhcp, "/run/systemd/netif/leases", Lease, TraceKind.Content) { IsOfflineOnly = true },
    ];

    private static string Below(string places, string path) => places.Replace(" ", path + " ", StringComparison.Ordinal) + path;

    private static string FirstWord(string line)
    {
        var start = line.TrimStart();
        var end = start.AsSpan().IndexOfAny(" \t\r\n");
        return end < 0 ? start : start[..end];
    }

    private static string WithoutNis(string line) =>
        WithoutValue(WithoutValue(WithoutValue(line, "NISDOMAIN"), "NISMASTER"), "NETCONFIG_NIS_STATIC_");

    /// <summary>
    /// The line with an empty value if it sets a shell variable whose name begins with <paramref name="name"/>; otherwise unchanged.
    /// </summary>
    private static string WithoutValue(string line, string name)
    {
        var equals = line.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 && line.TrimStart().StartsWith(name, StringComparison.Ordinal)
            && line[(equals + 1)..].Trim() is not ("" or "\"\"" or "''") ? line[..equals] + "=\"\"\n" : line;
    }
}
