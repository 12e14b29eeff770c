using System.Diagnostics;
using System.Runtime.InteropServices;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Stages.Packages;

namespace Thpc.NodeAgent.SystemTests.Stages.Packages;

/// <summary>The stage with this machine's real apt and dpkg, in private copies of the machine.</summary>
public sealed class AptTests
{
    private static string Triplet => RuntimeInformation.OSArchitecture.ToString() == "Arm64" ? "aarch64-linux-gnu" : "x86_64-linux-gnu";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Only_missing_packages_are_installed()
    {
        using var machine = PrivateMachine.MakeWithOwnRepository();
        machine.AddDeb("munge");
        machine.AddDeb("slurmd");
        machine.Run("apt-get update");
        var stage = new PackagesStage(PackagesConfig.Of(extra: ["dpkg"]), machine.Root);

        var plan = await stage.PlanAsync(Cancel);
        var step = Assert.Single(plan.Steps);
        await PrivateMachine.RunAsync(step);

        Assert.StartsWith("Setting up slurmd (", step.Latest(), StringComparison.Ordinal);
        Assert.Equal("/var/log/thpc-node-agent/packages.log", step.LogPath);
        Assert.Equal("install munge, slurmd with apt-get", step.Summary);
        Assert.EndsWith(" install --no-install-recommends munge slurmd", Assert.Single(step.Details), StringComparison.Ordinal);
        Assert.Equal("1 of 3 packages are installed", plan.Reason);
        Assert.Equal(["munge slurmd"], machine.AptInstalls());
        Assert.Equal("all 3 packages are installed", (await stage.PlanAsync(Cancel)).Reason);
    }

    [Fact]
    public async Task Missing_lists_are_downloaded()
    {
        using var machine = PrivateMachine.MakeWithOwnRepository();
        machine.AddDeb("extra-tool");
        machine.Run("rm -rf /var/lib/apt/lists");

        var step = Assert.Single((await new PackagesStage(PackagesConfig.Extra("extra-tool"), machine.Root).PlanAsync(Cancel)).Steps);
        var notes = await PrivateMachine.RunAsync(step);

        Assert.Equal(2, step.Details.Count());
        Assert.Equal(["fetching the package lists: there are no package lists yet"], notes);
    }

    [Fact]
    public async Task Outdated_lists_are_downloaded_again()
    {
        using var machine = PrivateMachine.MakeWithOwnRepository();
        machine.AddDeb("older");
        machine.Run("apt-get update");
        machine.AddDeb("newer");

        var notes = await PrivateMachine.RunAsync(await machine.StepAsync(PackagesConfig.Extra("newer")));

        Assert.Equal(["fetching the package lists: E: Unable to locate package newer"], notes);
    }

    [Fact]
    public async Task Package_for_two_needs_is_installed_once()
    {
        using var machine = PrivateMachine.MakeWithOwnRepository();
        machine.AddDeb("nis");
        machine.Write($"/usr/lib/{Triplet}/libnss_nis.so.2", "as in an older libc6");
        machine.Run("apt-get update");

        var step = await machine.StepAsync(PackagesConfig.Of(scheduler: "NONE", account: "NIS"));
        await PrivateMachine.RunAsync(step);

        Assert.Equal("install nis with apt-get", step.Summary);
        Assert.Equal(["nis"], machine.AptInstalls());
    }

    [Fact]
    public async Task Recommended_NIS_module_is_installed_by_name()
    {
        using var machine = PrivateMachine.MakeWithOwnRepository();
        foreach (var name in (string[])["ypbind-mt", "yp-tools", "libnss-nis"])
        {
            machine.AddDeb(name);
        }

        machine.Run($"rm -f /usr/lib/{Triplet}/libnss_nis.so.2; apt-get update");
        await PrivateMachine.RunAsync(await machine.StepAsync(PackagesConfig.Of(scheduler: "NONE", account: "NIS")));

        Assert.Equal(["ypbind-mt yp-tools libnss-nis"], machine.AptInstalls());
    }

    [Fact]
    public async Task Error_contains_output_of_failing_package()
    {
        using var machine = PrivateMachine.MakeWithOwnRepository();
        machine.AddDeb("broken", "echo no such day; exit 3");
        machine.Run("apt-get update");

        var error = await machine.FailureAsync(PackagesConfig.Extra("broken"));

        Assert.Equal(ErrorCode.PackagesFailed, error.Code);
        Assert.StartsWith(
            "install broken with apt-get: dpkg: error processing package broken (--configure): / ", error.Message,
            StringComparison.Ordinal);
        Assert.Contains("exit status 3", error.Message, StringComparison.Ordinal);
        Assert.Equal(
            ["broken"],
            (await new PackagesStage(PackagesConfig.Extra("broken"), machine.Root).CheckAsync(Cancel)).Missing.Select(need => need.Name));
    }

    [Fact]
    public async Task Unknown_package_is_named()
    {
        using var machine = PrivateMachine.MakeWithOwnRepository();
        machine.AddDeb("extra-tool");

        var error = await machine.FailureAsync(PackagesConfig.Extra("extra-tool", "no-such-thing"));

        Assert.Equal(ErrorCode.PackagesFailed, error.Code);
        Assert.Equal("install extra-tool, no-such-thing with apt-get: E: Unable to locate package no-such-thing", error.Message);
    }

    [Fact]
    public async Task Interrupted_dpkg_is_completed_first()
    {
        using var machine = PrivateMachine.MakeWithOwnRepository();
        machine.AddDeb("half", "test -e /srv/go || kill -9 $PPID");
        machine.AddDeb("extra-tool");
        machine.Run("apt-get update; dpkg -i /srv/repo/half.deb || touch /srv/go");

        var notes = await PrivateMachine.RunAsync(await machine.StepAsync(PackagesConfig.Extra("extra-tool")));

        Assert.Contains("an earlier dpkg run was interrupted; completing it first", notes);
        Assert.Equal("installed", machine.Run("dpkg-query -W -f '${db:Status-Status}' half"));
    }

    [Fact]
    public async Task Timeout_kills_the_manager_and_its_script()
    {
        using var machine = PrivateMachine.MakeWithOwnRepository();
        machine.AddDeb("slow", "touch /srv/started; sleep 60; touch /srv/finished");
        machine.Run("apt-get update");
        var watch = Stopwatch.StartNew();

        var error = await machine.FailureAsync(PackagesConfig.Extra(10, 60, "slow"));

        Assert.Equal(ErrorCode.PackagesFailed, error.Code);
        Assert.InRange(watch.Elapsed.TotalSeconds, 9.9, 40);
        Assert.StartsWith(
            "install slow with apt-get: not done within 10 s, and stopped; last output: ", error.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(machine.Root.On("/srv/started")));
    }
}
