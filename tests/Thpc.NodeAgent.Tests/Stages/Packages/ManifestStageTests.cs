using System.Text;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Stages.Packages;
using Thpc.NodeAgent.Tests.Support;

namespace Thpc.NodeAgent.Tests.Stages.Packages;

/// <summary>The manifest, from the capture of an image to the boot of a node made from it.</summary>
public sealed class ManifestStageTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Unpacked_image_uses_newest_installed_kernel()
    {
        using var node = Debian("munge");
        node.Write("/lib/modules/6.1.0-9-amd64/modules.dep", "updates/lustre.ko:\n");
        node.Write("/lib/modules/6.1.0-10-amd64/modules.dep", "kernel/nfs.ko:\n");

        var manifest = await Stage(node, Node.Of()).ManifestAsync("0.1.0", DateTimeOffset.UnixEpoch, Cancel);

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
        var manifest = await Stage(node, Node.Of()).ManifestAsync("0.1.0", DateTimeOffset.UnixEpoch, Cancel);
        await File.WriteAllBytesAsync(node.Root.Marker, manifest.ToJson(), Cancel);

        var plan = await Stage(node, Node.Of()).PlanAsync(Cancel);

        Assert.Equal(("nixos", 0), (manifest.OsId, manifest.Packages.Count));
        Assert.Empty(plan.Steps);
        Assert.Empty(plan.Warnings);
    }

    [Fact]
    public async Task Unchanged_node_skips_the_stage_without_warnings()
    {
        using var node = await CapturedAsync("munge", "slurmd");

        var plan = await Stage(node, Node.Of()).PlanAsync(Cancel);

        Assert.Empty(plan.Steps);
        Assert.Empty(plan.Warnings);
        Assert.StartsWith("/root/thpc_preinstalled.json is there", plan.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Package_removed_since_capture_fails_the_stage()
    {
        using var node = await CapturedAsync("munge", "slurmd");
        node.Write("/var/lib/dpkg/status", Status("munge"));

        var plan = await Stage(node, Node.Of()).PlanAsync(Cancel);

        var step = Assert.Single(plan.Steps);
        Assert.Equal(ErrorCode.PackagesMissing, step.Refusal?.Code);
        var error = await Assert.ThrowsAsync<AgentException>(() => PrivateMachine.RunAsync(step));
        Assert.Equal("the image had slurmd (SLURM's node daemon) when it was captured, and it is gone", error.Message);
    }

    [Fact]
    public async Task NIS_module_in_older_libc6_is_not_missing()
    {
        const string Module = "/lib/x86_64-linux-gnu/libnss_nis.so.2";
        var config = Node.Of(scheduler: "NONE", account: "NIS");
        using var node = Debian("nis", "libc6");
        node.Write(Module, "");
        var manifest = await Stage(node, config).ManifestAsync("0.1.0", DateTimeOffset.UnixEpoch, Cancel);
        await File.WriteAllBytesAsync(node.Root.Marker, manifest.ToJson(), Cancel);

        Assert.Contains(new ManifestPackage("libc6", "1.0", "NIS module of the name service", "libnss-nis"), manifest.Packages);
        Assert.Empty(manifest.Missing);
        Assert.Empty((await Stage(node, config).PlanAsync(Cancel)).Steps);
    }

    [Fact]
    public async Task Image_without_NIS_module_is_refused()
    {
        var config = Node.Of(scheduler: "NONE", account: "NIS");
        using var node = Debian("ypbind-mt", "yp-tools", "libc6");
        var manifest = await Stage(node, config).ManifestAsync("0.1.0", DateTimeOffset.UnixEpoch, Cancel);
        await File.WriteAllBytesAsync(node.Root.Marker, (manifest with { Missing = [] }).ToJson(), Cancel);

        Assert.Equal(["libnss-nis"], manifest.Missing);
        Assert.Equal(
            "a COMPUTE node needs libnss-nis (NIS module of the name service), and this image does not have it",
            Assert.Single((await Stage(node, config).PlanAsync(Cancel)).Steps).Refusal?.Message);
    }

    [Fact]
    public async Task Unreadable_database_is_a_warning()
    {
        using var node = await CapturedAsync("munge", "slurmd");
        File.Delete(node.On("/var/lib/dpkg/status"));

        var plan = await Stage(node, Node.Of()).PlanAsync(Cancel);

        Assert.Empty(plan.Steps);
        Assert.StartsWith(
            "the packages cannot be compared with the image's manifest: reading dpkg's database: ", Assert.Single(plan.Warnings),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Kernel_without_Lustre_client_fails_only_with_TURBO_storage()
    {
        using var node = Debian("munge", "slurmd");
        node.Write("/lib/modules/6.1.0-9-amd64/modules.dep", "updates/lustre.ko:\n");
        await CaptureAsync(node);
        node.Write("/lib/modules/6.1.0-10-amd64/modules.dep", "kernel/nfs.ko:\n");
        node.Write("/proc/sys/kernel/osrelease", "6.1.0-10-amd64\n");
        node.Write("/proc/filesystems", "nodev\tproc\n");
        const string Words =
            "the image had a Lustre client for kernel 6.1.0-9-amd64 when it was captured, and now the Lustre client is built for kernel "
                + "6.1.0-9-amd64, and 6.1.0-10-amd64 is running";

        var without = await Stage(node, Node.Of()).PlanAsync(Cancel);
        var with = await Stage(node, Node.Of(storage: [Node.Turbo])).PlanAsync(Cancel);

        Assert.Equal([Words], without.Warnings);
        Assert.Empty(without.Steps);
        Assert.Equal(Words, Assert.Single(with.Steps).Refusal?.Message);
    }

    [Fact]
    public async Task Witness_files_replace_rpm_queries_with_stand_in_rpm()
    {
        using var machine = PrivateMachine.Make();
        machine.Run("rm -rf /srv && mkdir /srv && rm -f /etc/os-release");
        machine.Write("/etc/os-release", "ID=rocky\nVERSION_ID=9.3");
        machine.Write("/usr/local/sbin/dnf", "#!/bin/sh\nexit 9\n", executable: true);
        machine.Write("/usr/sbin/site-slurmd", "");
        machine.Write("/usr/local/sbin/rpm", """
            #!/bin/sh
            echo "$*" >>/srv/calls
            case "$1 $2" in
                "-ql site-slurmd") printf '/etc/slurm\n/usr/lib/.build-id\n/usr/sbin/not-there\n/usr/sbin/site-slurmd\n'; exit ;;
                "-ql munge") echo "(contains no files)"; exit ;;
            esac
            printf 'bash\t5-1\tbash\nmunge\t0.5-1\tmunge\nsite-slurmd\t1.0-1\tslurm-slurmd\n'
            echo "no package provides slurm-slurmd-ohpc"
            """, executable: true);
        var stage = new PackagesStage(Node.Of(), machine.Root);

        var manifest = await stage.ManifestAsync("0.1.0", DateTimeOffset.UnixEpoch, Cancel);
        machine.Write("/root/thpc_preinstalled.json", Encoding.UTF8.GetString(manifest.ToJson()));
        machine.Forget("/srv/calls");
        var before = await stage.PlanAsync(Cancel);
        machine.Forget("/usr/sbin/site-slurmd");
        var after = await stage.PlanAsync(Cancel);

        Assert.Equal(
            [new ManifestPackage("munge", "0.5-1", "SLURM's authentication", "munge"),
                new ManifestPackage("site-slurmd", "1.0-1", "SLURM's node daemon", "slurm-slurmd", "/usr/sbin/site-slurmd")],
            manifest.Packages);
        Assert.Empty(before.Steps);
        Assert.Empty(before.Warnings);
        Assert.Equal(
            "the image had slurm-slurmd (SLURM's node daemon) when it was captured, and it is gone",
            Assert.Single(after.Steps).Refusal?.Message);
        Assert.Equal("", machine.Read("/srv/calls"));
    }

    [Fact]
    public async Task Check_with_TURBO_storage_uses_newest_kernel_of_unpacked_image()
    {
        using var node = Debian("munge", "slurmd");
        node.Write("/sbin/mount.lustre", "");
        var stage = Stage(node, Node.Of(storage: [Node.Turbo]));

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
        Assert.Empty((await Stage(node, Node.Of()).CheckAsync(Cancel)).Problems);
    }

    [Fact]
    public async Task Missing_package_is_a_problem_with_advice()
    {
        using var node = Debian("munge");
        Assert.Equal(
            ["slurmd is missing (SLURM's node daemon): run `thpc-node-agent packages install`, or install it by hand"],
            (await Stage(node, Node.Of()).CheckAsync(Cancel)).Problems);
    }

    [Fact]
    public async Task Check_uses_running_and_newest_kernel_on_live_machine()
    {
        using var machine = PrivateMachine.Make();
        var running = (await File.ReadAllTextAsync("/proc/sys/kernel/osrelease", Cancel)).Trim();
        machine.Write("/lib/modules/999.1/modules.dep", "kernel/nfs.ko:\n");
        machine.Write("/sbin/mount.lustre", "#!/bin/sh\n", executable: true);
        machine.Write(
            "/etc/thpc/node-agent.toml",
            TemporaryNode.Config
                + "[[cfs]]\nlocal_path = \"/turbo\"\nremote_path = \"10.0.0.3@tcp0:/4fe1839b/cfs\"\nprotocol = \"TURBO\"\n");
        machine.Write("/root/thpc_preinstalled.json", "");

        machine.CopyIn(Agent.Executable, "/usr/local/bin/thpc-node-agent");

        var text = machine.Run("THPC_SCHEDULER_TYPE=NONE THPC_ACCOUNT_TYPE=NONE thpc-node-agent packages check || test $? = 5");

        Assert.Contains($"✗ kernel {running} has no Lustre client (module lustre): install", text, StringComparison.Ordinal);
        Assert.Contains(
            "✗ kernel 999.1 has no Lustre client (module lustre), the newest installed kernel, which a captured image boots: install",
            text,
            StringComparison.Ordinal);
        Assert.DoesNotContain("mount.lustre", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bootstrap_reports_warnings_and_missing_packages()
    {
        Needs.RootUser();
        using var node = await CapturedAsync("munge", "slurmd", "htop");
        node.Configure("[packages]\nextra = [\"htop\"]\n");
        node.Write("/var/lib/dpkg/status", Status("munge", "htop").Replace("1.0", "2.0", StringComparison.Ordinal));

        var run = await Agent.RunAsync(node, new Dictionary<string, string> { ["THPC_ACCOUNT_TYPE"] = "NONE" }, "bootstrap", "--json");
        var dry = await Agent.RunAsync(node, new Dictionary<string, string> { ["THPC_ACCOUNT_TYPE"] = "NONE" }, "bootstrap", "--dry-run");

        Assert.Equal(1, run.ExitCode);
        var report = ReportJson.Read(Encoding.UTF8.GetBytes(run.Output))!;
        Assert.Equal("PACKAGES_MISSING", report.FirstError?.Code);
        Assert.Equal(["other versions than when the image was captured: munge 1.0 → 2.0, htop 1.0 → 2.0"], report.Warnings);
        Assert.Contains("would fail: PACKAGES_MISSING: the image had slurmd", dry.Output, StringComparison.Ordinal);
    }

    private static TemporaryNode Debian(params string[] installed)
    {
        var node = new TemporaryNode();
        node.Write("/etc/os-release", "ID=debian\nVERSION_ID=12\n");
        node.Write("/var/lib/dpkg/status", Status(installed));
        return node;
    }

    /// <summary>A node of an image that was captured with these packages.</summary>
    private static async Task<TemporaryNode> CapturedAsync(params string[] installed)
    {
        var node = Debian(installed);
        await CaptureAsync(node);
        return node;
    }

    private static async Task CaptureAsync(TemporaryNode node)
    {
        var status = await File.ReadAllTextAsync(node.On("/var/lib/dpkg/status"), Cancel);
        var config = Node.Of(extra: status.Contains("htop", StringComparison.Ordinal) ? ["htop"] : []);
        await File.WriteAllBytesAsync(
            node.Root.Marker, (await Stage(node, config).ManifestAsync(AgentVersion.Text, DateTimeOffset.UnixEpoch, Cancel)).ToJson(),
            Cancel);
    }

    private static PackagesStage Stage(TemporaryNode node, NodeConfig config) => new(config, node.Root);

    private static string Status(params string[] names) =>
        string.Concat(names.Select(name => $"Package: {name}\nStatus: install ok installed\nArchitecture: all\nVersion: 1.0\n\n"));
}
