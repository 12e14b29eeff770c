using Thpc.NodeAgent.Stages.Image;

namespace Thpc.NodeAgent.SystemTests.Cli;

/// <summary>Operations on machine identity: ssh host keys, cloud-init, network interfaces, iSCSI, /etc/hosts.</summary>
public sealed class ImageMachineTests : IDisposable
{
    private const string Address = "52:54:00:12:34:56";
    private const string Nothing = "nothing in this image creates new ssh host keys";
    private const string FirstBoot = "[Unit]\nConditionFirstBoot=yes\n[Service]\nExecStart=ssh-keygen -A\n";
    private readonly TemporaryNode _node = new();

    public ImageMachineTests() => Needs.RootUser();

    public void Dispose() => _node.Dispose();

    [Theory]
    [InlineData("ssh_host_rsa_key", true)]
    [InlineData("ssh_host_ed25519_key.pub", true)]
    [InlineData("ssh_host_ecdsa_key-cert.pub", true)]
    [InlineData("ssh_host_key", true)]
    [InlineData("ssh_host_ca_key", false)]
    [InlineData("ssh_host_ca_key.pub", false)]
    [InlineData("ssh_host__key", false)]
    [InlineData("ssh_host_rsa_key.bak", false)]
    [InlineData("ssh_known_hosts", false)]
    [InlineData("ca_key", false)]
    public void Host_keys_are_recognised_by_name(string name, bool isOne) => Assert.Equal(isOne, SshHostKeys.IsHostKey(name));

    [Fact]
    public async Task CA_keys_are_kept()
    {
        _node.Write("/etc/ssh/sshd_config", "HostKey /etc/ssh/keys/mine\n#TrustedUserCAKeys /etc/ssh/ssh_host_rsa_key.pub\n");
        _node.Write("/etc/ssh/sshd_config.d/10-ca.conf", "trustedusercakeys /etc/ssh/ssh_host_users_key.pub\n");
        string[] kept =
            ["/etc/ssh/ssh_host_users_key", "/etc/ssh/ssh_host_users_key.pub", "/etc/ssh/ssh_host_ca_key", "/etc/ssh/keys/mine"];
        foreach (var path in (string[])[.. kept, "/etc/ssh/ssh_host_rsa_key"])
        {
            _node.Write(path, "key");
        }

        var run = await Agent.RunAsync(_node, "image", "prep", "--yes", "--operations", "ssh-host-keys");
        Assert.All(kept, path => Assert.True(_node.Has(path), path));
        Assert.False(_node.Has("/etc/ssh/ssh_host_rsa_key"));
        Assert.Contains("/etc/ssh/keys/mine is an ssh host key that sshd_config names", run.Output, StringComparison.Ordinal);
    }

    // The relevant parts of unit files of Debian 12 and 13, the Fedora family and SUSE.
    [Theory]
    [InlineData("/lib/systemd/system/ssh.service", "[Service]\nExecStart=/usr/sbin/sshd -D $SSHD_OPTS\n", Nothing)]
    [InlineData("/usr/lib/systemd/system/sshd-keygen@.service", "[Service]\nExecStart=/usr/libexec/openssh/sshd-keygen %i\n", null)]
    [InlineData("/usr/lib/systemd/system/sshd.service",
        "[Service]\nExecStartPre=/usr/sbin/sshd-gen-keys-start\nExecStart=/usr/sbin/sshd -D\n", null)]
    [InlineData("/usr/lib/systemd/system/sshd-keygen.service", FirstBoot, "sshd-keygen.service creates ssh host keys only at first boot")]
    [InlineData("/etc/systemd/system/keys.service", "[Service]\nExecStart=/usr/bin/ssh-keygen -A\n", null)]
    [InlineData("/etc/systemd/system/keys.service", "[Unit]\nAfter=sshd-keygen.service\n#ExecStart=ssh-keygen -A\n", Nothing)]
    [InlineData("/etc/rc.local", "#!/bin/sh\nssh-keygen -A\n", null)]
    [InlineData("/usr/bin/cloud-init", "", null)]
    public async Task Plan_warns_if_nothing_creates_host_keys(string path, string text, string? warning)
    {
        _node.Write("/etc/ssh/ssh_host_rsa_key", "key");
        _node.Write("/etc/machine-id", "0123456789abcdef0123456789abcdef\n");
        _node.Write(path, text);
        var plan = await Agent.RunAsync(_node, "image", "prep", "--dry-run", "--operations", "ssh-host-keys");
        Assert.Equal(0, plan.ExitCode);
        Assert.Contains(warning ?? "remove /etc/ssh/ssh_host_rsa_key", plan.Output + plan.Errors, StringComparison.Ordinal);
        Assert.Equal(warning is not null, (plan.Output + plan.Errors).Contains("ssh host keys", StringComparison.Ordinal));
        Assert.DoesNotContain(
            "ssh host keys", (await Agent.RunAsync(_node, "image", "prep", "--dry-run", "--operations", "defaults")).Output,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Masked_unit_creates_no_keys_and_uninitialized_id_is_first_boot()
    {
        async Task<string> PlanAsync() =>
            (await Agent.RunAsync(_node, "image", "prep", "--dry-run", "--operations", "ssh-host-keys")).Output;
        _node.Write("/etc/ssh/ssh_host_rsa_key", "key");
        _node.Write("/etc/machine-id", "uninitialized\n");
        _node.Write("/usr/lib/systemd/system/sshd-keygen.service", FirstBoot);
        Assert.DoesNotContain("ssh host keys", await PlanAsync(), StringComparison.Ordinal);
        _node.Link("/etc/systemd/system/sshd-keygen.service", "/dev/null");
        Assert.Contains(Nothing, await PlanAsync(), StringComparison.Ordinal);
        _node.Write("/usr/bin/cloud-init", "");
        Assert.DoesNotContain("ssh host keys", await PlanAsync(), StringComparison.Ordinal);
        _node.Write("/etc/cloud/cloud-init.disabled", "");
        Assert.Contains(Nothing, await PlanAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cloud_init_state_is_removed_and_user_scripts_are_kept()
    {
        string[] kept = ["scripts/per-boot/10-mine", "scripts/per-once/x", "scripts/per-instance/y", "seed/nocloud/user-data"];
        string[] gone = ["scripts/vendor/z", "scripts/part-001", "instances/i-1/obj.pkl", "data/instance-id", "sem/x", "handlers/h.py"];
        foreach (var path in (string[])[.. kept, .. gone])
        {
            _node.Write("/var/lib/cloud/" + path, "x");
        }

        Assert.Equal(0, (await Agent.RunAsync(_node, "image", "prep", "--yes", "--operations", "cloud-init")).ExitCode);
        Assert.All(kept, path => Assert.True(_node.Has("/var/lib/cloud/" + path), path));
        Assert.All(gone, path => Assert.False(_node.Has("/var/lib/cloud/" + path), path));
        Assert.Equal(0, (await Agent.RunAsync(_node, "image", "check", "--operations", "cloud-init")).ExitCode);
    }

    [Fact]
    public async Task MAC_addresses_are_removed_or_reported()
    {
        const string Ifcfg = "/etc/sysconfig/network-scripts/ifcfg-eth0", Plan = "/etc/netplan/50-cloud-init.yaml",
            Link = "/etc/systemd/network/10-lan.link";
        _node.Write("/usr/bin/cloud-init", "");
        _node.Write(Ifcfg, $"# Created by cloud-init on instance boot automatically, do not edit.\nDEVICE=eth0\nHWADDR={Address}\n");
        _node.Write(Plan, $"network:\n  ethernets:\n    eth0:\n      match:\n        macaddress: {Address}\n      set-name: eth0\n");
        _node.Write("/etc/netplan/99-site.yaml", $"network:\n  ethernets:\n    eth0:\n      macaddress: {Address}\n");
        _node.Write(Link, $"[Match]\nMACAddress={Address}\n[Link]\nName=lan0\n");
        _node.Write("/etc/systemd/network/20-lan.network", $"[Match]\nMACAddress={Address}\n[Network]\nDHCP=yes\n");
        _node.Write("/etc/udev/rules.d/70-persistent-net.rules", $"SUBSYSTEM==\"net\", ATTR{{address}}==\"{Address}\", NAME=\"eth0\"\n");
        var plan = _node.Read(Plan);
        var run = await Agent.RunAsync(_node, "image", "prep", "--yes", "--operations", "network-config");
        Assert.True(run.ExitCode == 0, run.Errors + run.Output);
        Assert.DoesNotContain("HWADDR", _node.Read(Ifcfg), StringComparison.Ordinal);
        Assert.False(_node.Has(Link) || _node.Has("/etc/udev/rules.d/70-persistent-net.rules"));
        Assert.Equal(plan, _node.Read(Plan));
        Assert.Contains(
            $"{Plan}, line 5: applies only to the network interface with this MAC address: kept; cloud-init rewrites the file",
            run.Output,
            StringComparison.Ordinal);
        Assert.Contains(
            "99-site.yaml, line 4: assigns a fixed MAC address to a network interface: kept", run.Output, StringComparison.Ordinal);
        Assert.Contains(
            "20-lan.network, line 2: applies only to the network interface with this MAC address: kept; match the interface by name",
            run.Output,
            StringComparison.Ordinal);
        Assert.Equal(0, (await Agent.RunAsync(_node, "image", "check", "--operations", "network-config")).ExitCode);
    }

    // Debian's startup-checks.sh of open-iscsi needs the file, and creates a name if it contains GenerateName=yes.
    [Theory]
    [InlineData(true, "# c\nGenerateName=yes\n")]
    [InlineData(false, null)]
    public async Task ISCSI_name_is_reset_as_the_system_expects(bool debian, string? left)
    {
        _node.Write("/etc/iscsi/initiatorname.iscsi", "# c\nInitiatorName=iqn.1993-08.org.debian:01:abc\n");
        if (debian)
        {
            _node.Write("/usr/lib/open-iscsi/startup-checks.sh", "");
        }

        Assert.Equal(0, (await Agent.RunAsync(_node, "image", "prep", "--yes", "--operations", "machine-id")).ExitCode);
        Assert.Equal(left, _node.Has("/etc/iscsi/initiatorname.iscsi") ? _node.Read("/etc/iscsi/initiatorname.iscsi") : null);
        Assert.Equal(0, (await Agent.RunAsync(_node, "image", "check", "--operations", "machine-id")).ExitCode);
    }

    [Fact]
    public async Task Hosts_with_a_cluster_id_are_removed()
    {
        _node.Write("/etc/thpc/node-agent.toml", "[cluster]\nid = \"hpc-abcdefgh\"\nnode_role = \"COMPUTE\"\n");
        _node.Write("/etc/hosts", "127.0.0.1 localhost\n10.0.0.1 hpc-abcdefgh-manager\n10.0.0.2 hpc-8hje8h12-login\n10.0.0.3 other\n");
        Assert.Equal(0, (await Agent.RunAsync(_node, "image", "prep", "--yes")).ExitCode);
        Assert.Equal("127.0.0.1 localhost\n10.0.0.3 other\n", _node.Read("/etc/hosts"));
    }
}
