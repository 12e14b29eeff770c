using Thpc.NodeAgent.SystemTests.Stages.Packages;

namespace Thpc.NodeAgent.SystemTests.Images;

/// <summary>Installs, upgrades and removes the packages with the real dpkg and rpm, in private copies of this machine.</summary>
[Collection(nameof(Packages))]
public sealed class PackageInstallTests(Packages packages)
{
    private const string Config = "/etc/thpc/node-agent.toml";
    private const string Guard = "/etc/systemd/system/sysinit.target.wants/thpc-node-agent-guard.service";
    private const string Node = "/etc/systemd/system/multi-user.target.wants/thpc-node-agent.service";

    // All paths except the databases of dpkg, systemctl and man.
    private const string Everything =
        "find /run -maxdepth 1 -name 'thpc-*'; find /etc /lib /usr /var -xdev ! -path '/var/lib/dpkg*' ! -path '/var/cache/*' ! -path "
            + "'/var/log/dpkg.log' ! -path '/var/lib/systemd*' | sort";

    // Debian's rpm warns on use, and its database does not contain this machine's packages.
    private const string Rpm = "rpm --force-debian --nodeps --dbpath /srv/rpm";

    [Fact]
    public void Deb_installs_program_and_enables_units()
    {
        using var machine = WithDeb();

        var version = machine.Run("PATH=/usr/bin:/bin; thpc-node-agent --version");
        Assert.StartsWith($"thpc-node-agent {AgentVersion.Text}\n", version, StringComparison.Ordinal);
        Enabled(machine, guard: true, node: true);
        machine.Run($"[ ! -e {Config} ]");
        machine.Run("dpkg --verify thpc-node-agent && zcat /usr/share/man/man8/thpc-node-agent.8.gz | grep -q '^\\.Nm thpc-node-agent'");
    }

    [Fact]
    public void Deb_keeps_configuration_and_unit_state()
    {
        using var machine = WithDeb();
        machine.Run($"mkdir -p /etc/thpc && echo '# mine' >>{Config} && systemctl --quiet disable thpc-node-agent thpc-node-agent-guard");

        Install(machine);

        machine.Run($"tail -n 1 {Config} | grep -x '# mine'");
        Enabled(machine, guard: false, node: false);
    }

    [Fact]
    public void Deb_keeps_existing_configuration()
    {
        using var machine = WithDeb(machine => machine.Write(Config, "# written by cloud-init\n"));

        Assert.Equal("# written by cloud-init\n", machine.Read(Config));
    }

    /// <summary>An older package version: it contains a configuration file, and its unit is not enabled.</summary>
    [Theory]
    [InlineData("", false)]
    [InlineData("[cluster]\nid = \"hpc-8hje8h12\"\n", true)]
    public void Deb_upgrades_package_with_configuration(string edit, bool kept)
    {
        using var machine = PrivateMachine.Make();
        machine.CopyIn(Path.Combine(Repository.Root, "images/package/node-agent.toml"), "/srv/example");
        var text = edit.Length > 0 ? edit : machine.Read("/srv/example");
        machine.Run($"""
            mkdir -p /srv/old/DEBIAN /srv/old/etc/thpc /srv/old/lib/systemd/system
            cp /srv/example /srv/old{Config}
            printf '[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n' \
              >/srv/old/lib/systemd/system/thpc-node-agent.service
            printf 'Package: thpc-node-agent\nVersion: 0.0.1\nArchitecture: amd64\nMaintainer: a <a@b.invalid>\nDescription: old\n' \
              >/srv/old/DEBIAN/control
            echo {Config} >/srv/old/DEBIAN/conffiles
            dpkg-deb --build /srv/old /srv/old.deb && dpkg -i /srv/old.deb
            """);
        machine.Write(Config, text);
        machine.CopyIn(packages.Deb, "/srv/agent.deb");

        Install(machine);

        Enabled(machine, guard: true, node: true);
        Assert.Equal(kept ? text : "", machine.Run($"cat {Config} 2>/dev/null || true"));
    }

    [Fact]
    public void Deb_removal_deletes_units_and_purge_keeps_configuration()
    {
        using var machine = PrivateMachine.Make();
        machine.Run("rm -rf /run/thpc-node-agent /var/lib/thpc-node-agent /var/log/thpc-node-agent /etc/thpc");
        var before = machine.Run(Everything);
        machine.CopyIn(packages.Deb, "/srv/agent.deb");
        Install(machine);
        machine.Run(
            $"mkdir -p /etc/thpc && echo '# mine' >>{Config} && mkdir -p /var/lib/thpc-node-agent /var/log/thpc-node-agent "
                + $"/run/thpc-node-agent && touch /var/lib/thpc-node-agent/report.json /etc/thpc/cos-credentials.toml");

        machine.Run("dpkg --remove thpc-node-agent");
        Enabled(machine, guard: false, node: false);
        Assert.EndsWith("# mine\n", machine.Read(Config), StringComparison.Ordinal);
        machine.Run("[ -e /var/lib/thpc-node-agent/report.json ] && [ ! -e /usr/bin/thpc-node-agent ] && ! ls /lib/systemd/system/thpc-* "
            + "/lib/systemd/system/*/zz-thpc-*");

        machine.Run("dpkg --purge thpc-node-agent");
        machine.Run("rm /etc/thpc/cos-credentials.toml /etc/thpc/node-agent.toml && rmdir /etc/thpc");
        Assert.Equal(before, machine.Run(Everything));
    }

    [Fact]
    public void Deb_reinstall_restores_units()
    {
        using var machine = WithDeb();
        machine.Run("dpkg --remove thpc-node-agent");

        Install(machine);

        Enabled(machine, guard: true, node: true);
    }

    /// <summary>As in a chroot where an image is built: systemd does not run, or systemctl is missing.</summary>
    [Fact]
    public void Deb_installs_without_systemd()
    {
        using var machine = WithDeb(machine => machine.Run("rm -f /usr/bin/systemctl"));
        Enabled(machine, guard: true, node: true);

        machine.Run("dpkg --purge thpc-node-agent");

        Enabled(machine, guard: false, node: false);
    }

    [Fact]
    public void Packages_never_start_or_stop_units()
    {
        using var machine = PrivateMachine.Make();
        machine.CopyIn(packages.Deb, "/srv/agent.deb");
        machine.CopyIn(packages.Rpm, "/srv/agent.rpm");
        machine.Write("/usr/bin/systemctl", "#!/bin/sh\necho \"$*\" >>/srv/calls\n", executable: true);
        machine.Run(
            $"mkdir -p /run/systemd/system; dpkg -i /srv/agent.deb; dpkg -i /srv/agent.deb; dpkg --purge thpc-node-agent; {Rpm} -i "
                + $"/srv/agent.rpm; {Rpm} -U --force /srv/agent.rpm; {Rpm} -e thpc-node-agent");

        var verbs = machine.Read("/srv/calls").Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' ').First(word => word[0] != '-')).ToHashSet(StringComparer.Ordinal);
        // preset: Debian's helper asks systemd which units to enable.
        Assert.All(verbs, verb => Assert.Contains(verb, (string[])["daemon-reload", "disable", "enable", "preset"]));
        Assert.Contains("daemon-reload", verbs);
    }

    [Fact]
    public void Rpm_keeps_configuration_and_unit_state_and_removes_cleanly()
    {
        using var machine = PrivateMachine.Make();
        machine.Run("rm -rf /run/thpc-node-agent /var/lib/thpc-node-agent /var/log/thpc-node-agent /etc/thpc");

        // Directories that the package shares with shells; rpm does not know what dpkg installed there.
        machine.Run("for d in zsh/site-functions fish/vendor_completions.d; do mkdir -p /usr/share/$d && touch /usr/share/$d/other; done");
        var before = machine.Run(Everything);
        machine.CopyIn(packages.Rpm, "/srv/agent.rpm");
        machine.Run($"{Rpm} -i /srv/agent.rpm && {Rpm} --verify thpc-node-agent && /usr/bin/thpc-node-agent --version");
        Enabled(machine, guard: true, node: true);

        machine.Run(
            $"mkdir /etc/thpc && echo '# mine' >>{Config} && systemctl --quiet disable thpc-node-agent thpc-node-agent-guard && {Rpm} -U "
                + $"--force /srv/agent.rpm");
        Assert.Equal("# mine\n", machine.Read(Config));
        Enabled(machine, guard: false, node: false);

        machine.Run($"{Rpm} -e thpc-node-agent");
        Enabled(machine, guard: false, node: false);
        machine.Run($"rm {Config} && rmdir /etc/thpc");
        Assert.Equal(before, machine.Run(Everything));
    }

    /// <summary>rpm deletes a file that only the older package has, and renames it if it was edited.</summary>
    [Theory]
    [InlineData("", false)]
    [InlineData("[cluster]\nid = \"hpc-8hje8h12\"\n", true)]
    public void Rpm_upgrades_package_with_configuration(string edit, bool kept)
    {
        using var machine = PrivateMachine.Make();
        machine.CopyIn(Path.Combine(Repository.Root, "images/package/node-agent.toml"), "/srv/example");
        machine.Run("""
            mkdir -p /srv/old && cat >/srv/old.spec <<'END'
            Name: thpc-node-agent
            Version: 0.0.1
            Release: 1
            Summary: old
            License: none
            %description
            old
            %install
            mkdir -p %{buildroot}/etc/thpc %{buildroot}/usr/lib/systemd/system
            cp /srv/example %{buildroot}/etc/thpc/node-agent.toml
            printf '[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n' \
              >%{buildroot}/usr/lib/systemd/system/thpc-node-agent.service
            %files
            %config(noreplace) /etc/thpc/node-agent.toml
            /usr/lib/systemd/system/thpc-node-agent.service
            END
            HOME=/srv rpmbuild -bb --quiet --define '_topdir /srv/top' --define '_rpmdir /srv' --define '_rpmfilename old.rpm' /srv/old.spec
            """);
        machine.Run($"{Rpm} -i /srv/old.rpm");
        var text = edit.Length > 0 ? edit : machine.Read(Config);
        machine.Write(Config, text);
        machine.CopyIn(packages.Rpm, "/srv/agent.rpm");

        machine.Run($"{Rpm} -U /srv/agent.rpm");

        Enabled(machine, guard: false, node: true);
        Assert.Equal(kept ? text : "", machine.Run($"cat {Config} 2>/dev/null || true"));
        Assert.Equal("", machine.Run("ls -A /etc/thpc 2>/dev/null | grep -vx node-agent.toml || true"));
    }

    private static void Enabled(PrivateMachine machine, bool guard, bool node) =>
        Assert.Equal(
            (guard, node),
            (machine.Run($"[ -L {Guard} ] && echo yes || true").Length > 0, machine.Run($"[ -L {Node} ] && echo yes || true").Length > 0));

    /// <summary>Without a terminal, so that a question of dpkg is an error.</summary>
    private static void Install(PrivateMachine machine, string option = "") => machine.Run($"dpkg {option} -i /srv/agent.deb </dev/null");

    private PrivateMachine WithDeb(Action<PrivateMachine>? first = null, string option = "")
    {
        var machine = PrivateMachine.Make();
        first?.Invoke(machine);
        machine.CopyIn(packages.Deb, "/srv/agent.deb");
        Install(machine, option);
        return machine;
    }
}
