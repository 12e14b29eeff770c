using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Stages.Packages;

namespace Thpc.NodeAgent.SystemTests.Stages.Packages;

/// <summary>
/// Covers what tests/rpm cannot with the real dnf, zypper and rpm: yum 3.4 (its messages come from its source) and the exact arguments and
/// environment of each manager. Stand-in scripts in a private copy of this machine record them.
/// </summary>
public sealed class StandInManagerTests
{
    private const string Rpm = """
        #!/bin/sh
        [ "$1" = -qa ] && { printf 'bash\tbash-5-1.x86_64\t1\t1\n'; exit; }
        printf 'bash\t5-1\tbash\n'
        shift 4
        for name; do
            if [ -e /srv/has/$name ]; then printf '%s\t1.0-1\t%s\n' "$(cat /srv/has/$name)" "$name"
            else echo "no package provides $name"; fi
        done
        """;

    // Call N prints /srv/say.N and exits with the code in its first line. Calls without such a file install the requested packages.
    private const string Manager = """
        #!/bin/sh
        echo "$(basename $0) $*" >>/srv/calls
        env >/srv/env
        case "$*" in *list*|*search*) cat /srv/known 2>/dev/null; exit 0;; esac
        n=$(grep -c install /srv/calls)
        [ -e /srv/say.$n ] && { tail -n +2 /srv/say.$n; exit $(head -n 1 /srv/say.$n); }
        while [ "$1" != install ]; do shift; done
        for name; do
            case $name in
                install|-*) ;;
                *) [ -e /srv/unknown.$name ] && echo "No package $name available." || echo $name >/srv/has/$name;;
            esac
        done
        echo Complete!
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("ID=rocky\nVERSION_ID=9.3", "dnf", "dnf -y --setopt=exit_on_lock=1 install nfs-utils slurm-slurmd")]
    [InlineData("ID=tencentos\nVERSION_ID=2.4", "yum", "yum -y --setopt=exit_on_lock=1 install nfs-utils slurm-slurmd")]
    [InlineData("ID=sles\nVERSION_ID=15.5", "zypper", "zypper --non-interactive install --no-recommends nfs-client slurm-munge slurm-node")]
    public async Task Stand_in_manager_installs_only_missing_packages(string system, string program, string expected)
    {
        using var machine = Machine(system, program);
        machine.Write("/srv/has/munge", "munge");
        var stage = new PackagesStage(PackagesConfig.Of(storage: [PackagesConfig.Nfs]), machine.Root);

        var step = Assert.Single((await stage.PlanAsync(Cancel)).Steps);
        await PrivateMachine.RunAsync(step);

        Assert.Equal($"chroot {machine.Root.Prefix} {expected}", Assert.Single(step.Details));
        Assert.Equal(expected, Assert.Single(Installs(machine)));
        Assert.Empty((await stage.PlanAsync(Cancel)).Steps);
    }

    [Theory]
    [InlineData("ID=rocky\nVERSION_ID=8.10\nID_LIKE=\"rhel centos fedora\"", "dnf", null, "ypbind yp-tools nss_nis")]
    [InlineData("ID=openEuler\nVERSION_ID=\"22.03\"", "dnf", "Available Packages\nnss_nis.x86_64   3.1-4   OS\n",
        "ypbind yp-tools nss_nis")]
    [InlineData("ID=opensuse-leap\nVERSION_ID=15.5", "zypper", null, "ypbind yp-tools libnss_nis2")]
    public async Task Stand_in_manager_gets_the_familys_NIS_module_name(string system, string program, string? known, string expected)
    {
        using var machine = Machine(system, program);
        machine.Write("/srv/known", known ?? "");

        await PrivateMachine.RunAsync(await machine.StepAsync(PackagesConfig.Of(scheduler: "NONE", account: "NIS")));

        Assert.EndsWith($" {expected}", Assert.Single(Installs(machine)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ID=centos\nVERSION_ID=7", "yum", "glibc")]
    [InlineData("ID=sles\nVERSION_ID=15.5", "zypper", "site-nis")]
    public async Task Provided_NIS_module_counts_with_stand_in_rpm(string system, string program, string package)
    {
        using var machine = Machine(system, program);
        machine.Write("/srv/has/libnss_nis.so.2()(64bit)", package);

        await PrivateMachine.RunAsync(await machine.StepAsync(PackagesConfig.Of(scheduler: "NONE", account: "NIS")));

        Assert.EndsWith("ypbind yp-tools", Assert.Single(Installs(machine)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_NIS_of_RHEL_9_is_reported_before_and_after_stand_in_failure()
    {
        const string Words = "account_type is NIS, and rocky 9.3 has no ypbind, yp-tools, nss_nis: RHEL 9 and its relatives dropped NIS, " +
            "and EPEL does not have it";
        const string Unknown =
            "No match for argument: ypbind / No match for argument: yp-tools / Error: Unable to find a match: ypbind yp-tools";
        using var machine = Machine("ID=rocky\nVERSION_ID=9.3\nID_LIKE=\"rhel centos fedora\"", "dnf");
        machine.Write("/srv/say.1", $"1\n{Unknown.Replace(" / ", "\n", StringComparison.Ordinal)}\n");
        var config = PackagesConfig.Of(scheduler: "NONE", account: "NIS");

        var check = await new PackagesStage(config, machine.Root).CheckAsync(Cancel);
        var error = await machine.FailureAsync(config);

        Assert.Contains(Words, check.Warnings);
        Assert.Equal(ErrorCode.PackagesFailed, error.Code);
        Assert.Equal(
            $"install ypbind, yp-tools, nss_nis with dnf: {Words}; No match for argument: ypbind, yp-tools / Error: Unable to find a "
                + $"match: ypbind yp-tools", error.Message);
        Assert.StartsWith("Put rebuilt ypbind, yp-tools and nss_nis packages into the image", error.Hint.English, StringComparison.Ordinal);

        // An image that contains the packages is complete.
        machine.Run("for name in ypbind yp-tools nss_nis; do echo $name >/srv/has/$name; done");
        Assert.DoesNotContain(Words, (await new PackagesStage(config, machine.Root).CheckAsync(Cancel)).Warnings);
    }

    [Fact]
    public async Task Lock_of_stand_in_yum_is_waited_for()
    {
        using var machine = Machine("ID=centos\nVERSION_ID=7", "yum");
        machine.Write(
            "/srv/say.1",
            "1\nExisting lock /var/run/yum.pid: another copy is running as pid 1410.\nAnother app is currently holding the yum lock; "
                + "exiting as configured by exit_on_lock\n");

        var notes = await PrivateMachine.RunAsync(await machine.StepAsync(PackagesConfig.Extra("htop")));

        Assert.Equal(["waiting for the package lock held by pid 1410"], notes);
        Assert.Equal(2, Installs(machine).Count);
    }

    [Fact]
    public async Task Package_skipped_by_stand_in_yum_is_an_error()
    {
        using var machine = Machine("ID=centos\nVERSION_ID=7", "yum");
        machine.Write("/srv/unknown.no-such", "");

        var error = await machine.FailureAsync(PackagesConfig.Extra("htop", "no-such"));

        Assert.Equal(ErrorCode.PackagesMissing, error.Code);
        Assert.Equal("yum reported success, but no-such is not installed: No package no-such available.", error.Message);
    }

    [Fact]
    public async Task Stand_in_gets_only_proxies_from_the_environment()
    {
        using var machine = Machine("ID=sles\nVERSION_ID=15", "zypper");
        // The only one of the six variables that does not affect tests that run in parallel.
        var before = Environment.GetEnvironmentVariable("no_proxy");
        Environment.SetEnvironmentVariable("no_proxy", $"{before},metadata.invalid");
        Environment.SetEnvironmentVariable("TENCENTCLOUD_SECRET_KEY", "not-for-managers");
        try
        {
            await PrivateMachine.RunAsync(await machine.StepAsync(PackagesConfig.Extra("htop")));
        }
        finally
        {
            Environment.SetEnvironmentVariable("no_proxy", before);
            Environment.SetEnvironmentVariable("TENCENTCLOUD_SECRET_KEY", null);
        }

        var environment = machine.Read("/srv/env");
        Assert.Contains($"no_proxy={before},metadata.invalid\n", environment, StringComparison.Ordinal);
        Assert.Contains("ZYPP_LOCK_TIMEOUT=0\n", environment, StringComparison.Ordinal);
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
