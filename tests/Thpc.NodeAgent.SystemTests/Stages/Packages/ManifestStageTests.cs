using System.Text;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Stages.Packages;

namespace Thpc.NodeAgent.SystemTests.Stages.Packages;

/// <summary>The manifest, from the capture of an image to the boot of a node made from it.</summary>
public sealed class ManifestStageTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

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
        var stage = new PackagesStage(PackagesConfig.Of(), machine.Root);

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
        using var node = await DebianNodes.CapturedAsync("munge", "slurmd", "htop");
        node.Configure("[packages]\nextra = [\"htop\"]\n");
        node.Write("/var/lib/dpkg/status", DebianNodes.Status("munge", "htop").Replace("1.0", "2.0", StringComparison.Ordinal));

        var run = await Agent.RunAsync(node, new Dictionary<string, string> { ["THPC_ACCOUNT_TYPE"] = "NONE" }, "bootstrap", "--json");
        var dry = await Agent.RunAsync(node, new Dictionary<string, string> { ["THPC_ACCOUNT_TYPE"] = "NONE" }, "bootstrap", "--dry-run");

        Assert.Equal(1, run.ExitCode);
        var report = ReportJson.Read(Encoding.UTF8.GetBytes(run.Output))!;
        Assert.Equal("PACKAGES_MISSING", report.FirstError?.Code);
        Assert.Equal(["other versions than when the image was captured: munge 1.0 → 2.0, htop 1.0 → 2.0"], report.Warnings);
        Assert.Contains("would fail: PACKAGES_MISSING: the image had slurmd", dry.Output, StringComparison.Ordinal);
    }
}
