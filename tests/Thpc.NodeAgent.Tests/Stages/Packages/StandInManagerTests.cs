using Thpc.NodeAgent.Stages.Packages;

namespace Thpc.NodeAgent.Tests.Stages.Packages;

/// <summary>
/// The stage with stand-ins: scripts named dnf, yum, zypper and rpm in a private copy of this machine. They note their arguments
/// and say what the real ones say (dnf's and zypper's words as dnf 4.14 and zypper 1.14 printed them; yum's from its source).
/// </summary>
public sealed class StandInManagerTests
{
    private const string Rpm = """
        #!/bin/sh
        [ -e /srv/rpm-broken ] && { echo "error: cannot open Packages database in /var/lib/rpm"; exit 1; }
        shift 4
        for name; do
            if [ -e /srv/has/$name ]; then printf '%s\t1.0-1\t%s\n' "$(cat /srv/has/$name)" "$name"; else echo "no package provides $name"; fi
        done
        """;

    // The first calls print what /srv/say.N holds and exit with its first line; afterwards what is asked for is installed.
    private const string Manager = """
        #!/bin/sh
        echo "$(basename $0) $*" >>/srv/calls
        env >/srv/env
        case "$*" in *list*|*search*) cat /srv/known 2>/dev/null; exit 0;; esac
        n=$(grep -c install /srv/calls)
        [ -e /srv/say.$n ] && { tail -n +2 /srv/say.$n; exit $(head -n 1 /srv/say.$n); }
        while [ "$1" != install ]; do shift; done
        for name; do
            case $name in install|-*) ;; *) [ -e /srv/unknown.$name ] && echo "No package $name available." || echo $name >/srv/has/$name;; esac
        done
        echo Complete!
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("ID=rocky\nVERSION_ID=9.3", "dnf", "dnf -y --setopt=exit_on_lock=1 install nfs-utils slurm-slurmd")]
    [InlineData("ID=tencentos\nVERSION_ID=2.4", "yum", "yum -y --setopt=exit_on_lock=1 install nfs-utils slurm-slurmd")]
    [InlineData("ID=sles\nVERSION_ID=15.5", "zypper", "zypper --non-interactive install --no-recommends nfs-client slurm-munge slurm-node")]
    public async Task A_stand_in_manager_is_asked_for_what_is_missing_only(string system, string program, string expected)
    {
        using var machine = Machine(system, program);
        machine.Write("/srv/has/munge", "munge");
        var stage = new PackagesStage(Node.Of(storage: [Node.Nfs]), machine.Root);

        var step = Assert.Single((await stage.PlanAsync(Cancel)).Steps);
        await PrivateMachine.RunAsync(step);

        Assert.Equal($"chroot {machine.Root.Prefix} {expected}", Assert.Single(step.Details));
        Assert.Equal(expected, Assert.Single(Installs(machine)));
        Assert.Empty((await stage.PlanAsync(Cancel)).Steps);
    }

    [Fact]
    public async Task A_rebuilt_package_that_provides_the_name_counts_with_the_stand_in_rpm()
    {
        using var machine = Machine("ID=rocky\nVERSION_ID=9", "dnf");
        machine.Write("/srv/has/munge", "munge");
        machine.Write("/srv/has/slurm-slurmd", "site-slurmd");

        var check = await new PackagesStage(Node.Of(), machine.Root).CheckAsync(Cancel);

        Assert.Empty(check.Missing);
        Assert.Equal(new InstalledPackage("site-slurmd", "1.0-1"), check.Items[1].Installed);
    }

    [Fact]
    public async Task OpenHPCs_name_is_asked_for_where_the_stand_in_dnf_knows_that_one_only()
    {
        using var machine = Machine("ID=rocky\nVERSION_ID=9", "dnf");
        machine.Write("/srv/known", "Available Packages\nslurm-slurmd-ohpc.x86_64   23.11   OpenHPC\n");

        var step = await machine.StepAsync(Node.Of());
        await PrivateMachine.RunAsync(step);

        Assert.Equal("install munge, slurm-slurmd-ohpc with dnf", step.Summary);
        Assert.EndsWith("install munge slurm-slurmd-ohpc", Assert.Single(Installs(machine)), StringComparison.Ordinal);
        Assert.Contains("dnf -q -C --setopt=exit_on_lock=1 list --available slurm-slurmd slurm-slurmd-ohpc", machine.Read("/srv/calls"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ID=rocky\nVERSION_ID=8.10\nID_LIKE=\"rhel centos fedora\"", "dnf", null, "ypbind yp-tools nss_nis")]
    [InlineData("ID=openEuler\nVERSION_ID=\"22.03\"", "dnf", "Available Packages\nnss_nis.x86_64   3.1-4   OS\n", "ypbind yp-tools nss_nis")]
    [InlineData("ID=opensuse-leap\nVERSION_ID=15.5", "zypper", null, "ypbind yp-tools libnss_nis2")]
    public async Task The_NIS_module_has_the_familys_name_for_a_stand_in(string system, string program, string? known, string expected)
    {
        using var machine = Machine(system, program);
        machine.Write("/srv/known", known ?? "");

        await PrivateMachine.RunAsync(await machine.StepAsync(Node.Of(scheduler: "NONE", account: "NIS")));

        Assert.EndsWith($" {expected}", Assert.Single(Installs(machine)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ID=centos\nVERSION_ID=7", "yum", "glibc")]
    [InlineData("ID=sles\nVERSION_ID=15.5", "zypper", "site-nis")]
    public async Task A_NIS_module_that_another_package_provides_counts_with_the_stand_in_rpm(string system, string program, string package)
    {
        using var machine = Machine(system, program);
        machine.Write("/srv/has/libnss_nis.so.2()(64bit)", package);

        await PrivateMachine.RunAsync(await machine.StepAsync(Node.Of(scheduler: "NONE", account: "NIS")));

        Assert.EndsWith("ypbind yp-tools", Assert.Single(Installs(machine)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task That_RHEL_9_has_no_NIS_is_said_before_and_after_a_stand_in_fails()
    {
        const string Words = "account_type is NIS, and rocky 9.3 has no ypbind, yp-tools, nss_nis: RHEL 9 and its relatives dropped NIS, " +
            "and EPEL does not have it";
        const string Unknown = "No match for argument: ypbind / No match for argument: yp-tools / Error: Unable to find a match: ypbind yp-tools";
        using var machine = Machine("ID=rocky\nVERSION_ID=9.3\nID_LIKE=\"rhel centos fedora\"", "dnf");
        machine.Write("/srv/say.1", $"1\n{Unknown.Replace(" / ", "\n", StringComparison.Ordinal)}\n");
        var config = Node.Of(scheduler: "NONE", account: "NIS");

        var check = await new PackagesStage(config, machine.Root).CheckAsync(Cancel);
        var error = await machine.FailureAsync(config);

        Assert.Contains(Words, check.Warnings);
        Assert.Equal(ErrorCode.PackagesFailed, error.Code);
        Assert.Equal($"install ypbind, yp-tools, nss_nis with dnf: {Words}; {Unknown}", error.Message);
        Assert.StartsWith("Put rebuilt ypbind, yp-tools and nss_nis packages into the image", error.Hint.English, StringComparison.Ordinal);

        // An image that brings them is whole.
        machine.Run("for name in ypbind yp-tools nss_nis; do echo $name >/srv/has/$name; done");
        Assert.DoesNotContain(Words, (await new PackagesStage(config, machine.Root).CheckAsync(Cancel)).Warnings);
    }

    [Theory]
    [InlineData("ID=rocky\nVERSION_ID=9", "dnf", "200\nmetadata already locked by 13524\n", "pid 13524")]
    [InlineData("ID=rocky\nVERSION_ID=9", "dnf", "1\nRPM: error: can't create transaction lock on /var/lib/rpm/.rpm.lock (Resource temporarily unavailable)\nError: Could not run transaction.\n", null)]
    [InlineData("ID=centos\nVERSION_ID=7", "yum", "1\nExisting lock /var/run/yum.pid: another copy is running as pid 1410.\nAnother app is currently holding the yum lock; exiting as configured by exit_on_lock\n", "pid 1410")]
    [InlineData("ID=sles\nVERSION_ID=15", "zypper", "7\nSystem management is locked by the application with pid 13719 (zypper).\nClose this application before trying again.\n", "pid 13719 (zypper)")]
    public async Task A_lock_that_a_stand_in_reports_is_waited_for(string system, string program, string words, string? holder)
    {
        using var machine = Machine(system, program);
        machine.Write("/srv/say.1", words);

        var notes = await PrivateMachine.RunAsync(await machine.StepAsync(Node.Extra("htop")));

        Assert.Equal(["waiting for the package lock" + (holder is null ? "" : " held by " + holder)], notes);
        Assert.Equal(2, Installs(machine).Count);
    }

    [Fact]
    public async Task A_stand_in_dnf_that_cannot_download_is_run_again()
    {
        using var machine = Machine("ID=rocky\nVERSION_ID=9", "dnf");
        machine.Write("/srv/say.1", "1\nError: Failed to download metadata for repo 'baseos': Cannot prepare internal mirrorlist: Curl error (6): Couldn't resolve host name\n");

        var notes = await PrivateMachine.RunAsync(await machine.StepAsync(Node.Extra("htop")));

        Assert.StartsWith("attempt 1: Error: Failed to download metadata", Assert.Single(notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_stand_in_yum_leaves_out_with_exit_code_0_is_an_error()
    {
        using var machine = Machine("ID=centos\nVERSION_ID=7", "yum");
        machine.Write("/srv/unknown.no-such", "");

        var error = await machine.FailureAsync(Node.Extra("htop", "no-such"));

        Assert.Equal(ErrorCode.PackagesMissing, error.Code);
        Assert.Equal("yum says that it succeeded, but no-such is not installed: No package no-such available.", error.Message);
    }

    [Theory]
    [InlineData("1\nNo match for argument: htop\nError: Unable to find a match: htop\n", "install htop with dnf: No match for argument: htop / Error: Unable to find a match: htop", "PACKAGES_FAILED")]
    [InlineData("1\nError: Transaction test error:\n  installing package x needs 5MB more space needed on the / filesystem\n", "install htop with dnf: Error: Transaction test error:", "NO_SPACE")]
    [InlineData("9\nodd\n", "install htop with dnf: exit code 9: odd", "PACKAGES_FAILED")]
    public async Task The_last_words_of_a_stand_in_are_in_the_error(string words, string message, string code)
    {
        using var machine = Machine("ID=rocky\nVERSION_ID=9", "dnf");
        machine.Write("/srv/say.1", words);

        var error = await machine.FailureAsync(Node.Extra("htop"));

        Assert.Equal((code, message), (error.Code.Name, error.Message));
    }

    [Fact]
    public async Task A_stand_in_rpm_that_cannot_read_its_database_is_an_error_and_not_a_bare_node()
    {
        using var machine = Machine("ID=rocky\nVERSION_ID=9", "dnf");
        machine.Write("/srv/rpm-broken", "");

        var error = await Assert.ThrowsAsync<AgentException>(() => new PackagesStage(Node.Of(), machine.Root).PlanAsync(Cancel));

        Assert.Equal("rpm cannot say which packages are installed: error: cannot open Packages database in /var/lib/rpm", error.Message);
    }

    [Fact]
    public async Task Only_proxies_are_handed_on_to_a_stand_in_from_the_agents_own_environment()
    {
        using var machine = Machine("ID=sles\nVERSION_ID=15", "zypper");
        // The one of the six that changes nothing for tests that run beside this one.
        var before = Environment.GetEnvironmentVariable("no_proxy");
        Environment.SetEnvironmentVariable("no_proxy", $"{before},metadata.invalid");
        Environment.SetEnvironmentVariable("TENCENTCLOUD_SECRET_KEY", "not-for-managers");
        try
        {
            await PrivateMachine.RunAsync(await machine.StepAsync(Node.Extra("htop")));
        }
        finally
        {
            Environment.SetEnvironmentVariable("no_proxy", before);
            Environment.SetEnvironmentVariable("TENCENTCLOUD_SECRET_KEY", null);
        }

        var environment = machine.Read("/srv/env");
        Assert.Contains($"no_proxy={before},metadata.invalid\n", environment, StringComparison.Ordinal);
        Assert.Contains("ZYPP_LOCK_TIMEOUT=5\n", environment, StringComparison.Ordinal);
        Assert.DoesNotContain("TENCENTCLOUD", environment, StringComparison.Ordinal);
    }

    private static PrivateMachine Machine(string system, string program)
    {
        var machine = PrivateMachine.Make();
        machine.Run("rm -rf /srv && mkdir -p /srv/has && rm -f /etc/os-release /usr/bin/dnf /usr/bin/yum /usr/bin/zypper");
        machine.Write("/etc/os-release", system);
        machine.Write("/usr/local/sbin/rpm", Rpm, executable: true);
        machine.Write($"/usr/local/sbin/{program}", Manager, executable: true);
        return machine;
    }

    private static IReadOnlyList<string> Installs(PrivateMachine machine) =>
        [.. machine.Read("/srv/calls").Split('\n').Where(line => line.Contains(" install ", StringComparison.Ordinal))];
}
