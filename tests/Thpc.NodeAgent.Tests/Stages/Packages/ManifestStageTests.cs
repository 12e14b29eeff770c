using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Tests.Stages.Packages;

/// <summary>The manifest, from the capture of an image to the boot of a node made from it.</summary>
public sealed class ManifestStageTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Unpacked_image_uses_newest_installed_kernel()
    {
        using var node = DebianNodes.With("munge");
        node.Write("/lib/modules/6.1.0-9-amd64/modules.dep", "updates/lustre.ko:\n");
        node.Write("/lib/modules/6.1.0-10-amd64/modules.dep", "kernel/nfs.ko:\n");

        var manifest = await DebianNodes.Stage(node, PackagesConfig.Of()).ManifestAsync("0.1.0", DateTimeOffset.UnixEpoch, Cancel);

        Assert.Equal(
            ("debian", "12", "6.1.0-10-amd64", false, "COMPUTE"),
            (manifest.OsId, manifest.OsVersion, manifest.KernelRelease, manifest.LustreClient, manifest.NodeRole));
        Assert.Equal([new ManifestPackage("munge", "1.0", "SLURM's authentication", "munge")], manifest.Packages);
        Assert.Equal(["slurmd"], manifest.Missing);
    }

    [Fact]
    public async Task Unknown_manager_gives_manifest_without_packages()
    {
        using var node = new TemporaryNode();
        node.Write("/etc/os-release", "ID=nixos");
        var manifest = await DebianNodes.Stage(node, PackagesConfig.Of()).ManifestAsync("0.1.0", DateTimeOffset.UnixEpoch, Cancel);
        await File.WriteAllBytesAsync(node.Root.Marker, manifest.ToJson(), Cancel);

        var plan = await DebianNodes.Stage(node, PackagesConfig.Of()).PlanAsync(Cancel);

        Assert.Equal(("nixos", 0), (manifest.OsId, manifest.Packages.Count));
        Assert.Empty(plan.Steps);
        Assert.Empty(plan.Warnings);
    }

    [Fact]
    public async Task Unchanged_node_skips_the_stage_without_warnings()
    {
        using var node = await DebianNodes.CapturedAsync("munge", "slurmd");

        var plan = await DebianNodes.Stage(node, PackagesConfig.Of()).PlanAsync(Cancel);

        Assert.Empty(plan.Steps);
        Assert.Empty(plan.Warnings);
        Assert.StartsWith("/root/thpc_preinstalled.json is there", plan.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Package_removed_since_capture_fails_the_stage()
    {
        using var node = await DebianNodes.CapturedAsync("munge", "slurmd");
        node.Write("/var/lib/dpkg/status", DebianNodes.Status("munge"));

        var plan = await DebianNodes.Stage(node, PackagesConfig.Of()).PlanAsync(Cancel);

        var step = Assert.Single(plan.Steps);
        Assert.Equal(ErrorCode.PackagesMissing, step.Refusal?.Code);
        var error = await Assert.ThrowsAsync<AgentException>(() => step.Run(_ => { }, Cancel));
        Assert.Equal("the image had slurmd (SLURM's node daemon) when it was captured, and it is gone", error.Message);
    }

    [Fact]
    public async Task NIS_module_in_older_libc6_is_not_missing()
    {
        const string Module = "/lib/x86_64-linux-gnu/libnss_nis.so.2";
        var config = PackagesConfig.Of(scheduler: "NONE", account: "NIS");
        using var node = DebianNodes.With("nis", "libc6");
        node.Write(Module, "");
        var manifest = await DebianNodes.Stage(node, config).ManifestAsync("0.1.0", DateTimeOffset.UnixEpoch, Cancel);
        await File.WriteAllBytesAsync(node.Root.Marker, manifest.ToJson(), Cancel);

        Assert.Contains(new ManifestPackage("libc6", "1.0", "NIS module of the name service", "libnss-nis"), manifest.Packages);
        Assert.Empty(manifest.Missing);
        Assert.Empty((await DebianNodes.Stage(node, config).PlanAsync(Cancel)).Steps);
    }

    [Fact]
    public async Task Image_without_NIS_module_is_refused()
    {
        var config = PackagesConfig.Of(scheduler: "NONE", account: "NIS");
        using var node = DebianNodes.With("ypbind-mt", "yp-tools", "libc6");
        var manifest = await DebianNodes.Stage(node, config).ManifestAsync("0.1.0", DateTimeOffset.UnixEpoch, Cancel);
        await File.WriteAllBytesAsync(node.Root.Marker, (manifest with { Missing = [] }).ToJson(), Cancel);

        Assert.Equal(["libnss-nis"], manifest.Missing);
        Assert.Equal(
            "a COMPUTE node needs libnss-nis (NIS module of the name service), and this image does not have it",
            Assert.Single((await DebianNodes.Stage(node, config).PlanAsync(Cancel)).Steps).Refusal?.Message);
    }

    [Fact]
    public async Task Unreadable_database_is_a_warning()
    {
        using var node = await DebianNodes.CapturedAsync("munge", "slurmd");
        File.Delete(node.On("/var/lib/dpkg/status"));

        var plan = await DebianNodes.Stage(node, PackagesConfig.Of()).PlanAsync(Cancel);

        Assert.Empty(plan.Steps);
        Assert.StartsWith(
            "the packages cannot be compared with the image's manifest: reading dpkg's database: ", Assert.Single(plan.Warnings),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Kernel_without_Lustre_client_fails_only_with_TURBO_storage()
    {
        using var node = DebianNodes.With("munge", "slurmd");
        node.Write("/lib/modules/6.1.0-9-amd64/modules.dep", "updates/lustre.ko:\n");
        await DebianNodes.CaptureAsync(node);
        node.Write("/lib/modules/6.1.0-10-amd64/modules.dep", "kernel/nfs.ko:\n");
        node.Write("/proc/sys/kernel/osrelease", "6.1.0-10-amd64\n");
        node.Write("/proc/filesystems", "nodev\tproc\n");
        const string Words =
            "the image had a Lustre client for kernel 6.1.0-9-amd64 when it was captured, and now the Lustre client is built for kernel "
                + "6.1.0-9-amd64, and 6.1.0-10-amd64 is running";

        var without = await DebianNodes.Stage(node, PackagesConfig.Of()).PlanAsync(Cancel);
        var with = await DebianNodes.Stage(node, PackagesConfig.Of(storage: [PackagesConfig.Turbo])).PlanAsync(Cancel);

        Assert.Equal([Words], without.Warnings);
        Assert.Empty(without.Steps);
        Assert.Equal(Words, Assert.Single(with.Steps).Refusal?.Message);
    }

    [Fact]
    public async Task Check_with_TURBO_storage_uses_newest_kernel_of_unpacked_image()
    {
        using var node = DebianNodes.With("munge", "slurmd");
        node.Write("/sbin/mount.lustre", "");
        var stage = DebianNodes.Stage(node, PackagesConfig.Of(storage: [PackagesConfig.Turbo]));

        var bare = await stage.CheckAsync(Cancel);
        node.Write("/lib/modules/6.1.0-9-amd64/modules.dep", "updates/lustre.ko:\n");
        File.SetUnixFileMode(node.On("/sbin/mount.lustre"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var good = await stage.CheckAsync(Cancel);
        node.Write("/lib/modules/6.1.0-10-amd64/modules.dep", "kernel/nfs.ko:\n");
        var updated = await stage.CheckAsync(Cancel);

        Assert.Equal(2, bare.Problems.Count);
        Assert.StartsWith("mount.lustre, which mounts TURBO storage, is missing: ", bare.Problems[0], StringComparison.Ordinal);
        Assert.StartsWith("no kernel is installed (/lib/modules)", bare.Problems[1], StringComparison.Ordinal);
        Assert.Empty(good.Problems);
        Assert.StartsWith(
            "the Lustre client is built for kernel 6.1.0-9-amd64, and not for 6.1.0-10-amd64, the newest installed kernel, "
                + "which a captured image boots: ",
            Assert.Single(updated.Problems),
            StringComparison.Ordinal);
        Assert.Empty((await DebianNodes.Stage(node, PackagesConfig.Of()).CheckAsync(Cancel)).Problems);
    }

    [Fact]
    public async Task Missing_package_is_a_problem_with_advice()
    {
        using var node = DebianNodes.With("munge");
        Assert.Equal(
            ["slurmd is missing (SLURM's node daemon): run `thpc-node-agent packages install`, or install it by hand"],
            (await DebianNodes.Stage(node, PackagesConfig.Of()).CheckAsync(Cancel)).Problems);
    }
}
