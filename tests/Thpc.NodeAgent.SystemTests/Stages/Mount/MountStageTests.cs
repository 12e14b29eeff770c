using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.SystemTests.Stages.Mount;

/// <summary>Nothing listens on the servers' ports here; the boot test makes real mounts.</summary>
public sealed class MountStageTests
{
    private const string Quick = "[mount]\ntimeout = 1\nattempt_timeout = 1\n";

    [Fact]
    public async Task Mounts_below_failed_mount_are_skipped()
    {
        Needs.RootUser();
        using var node = new TemporaryNode();
        node.Configure(Quick + Cfs("/data", "127.0.0.1:/") + Cfs("/data/sub", "127.0.0.1:/x") + Cfs("/other", "127.0.0.1:/y"));
        var (run, report) = await BootstrapAsync(node);
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(
            [("/data", Outcome.Failed), ("/other", Outcome.Failed), ("/data/sub", Outcome.NotRun), ("visible", Outcome.Succeeded)],
            report.Stages[2].Steps.Select(step => (step.Summary[(step.Summary.LastIndexOf(' ') + 1)..], step.Outcome)));
        Assert.Equal("MOUNT_UNREACHABLE", report.FirstError?.Code);
        Assert.Contains("127.0.0.1 refused TCP 2049", report.FirstError?.Message, StringComparison.Ordinal);
        Assert.False(node.Has("/etc/fstab"));
        Assert.False(node.Has("/run/thpc-node-agent/ready"));
    }

    [Fact]
    public async Task Foreign_mount_is_a_conflict_and_stays()
    {
        Needs.RootUser();
        using var node = new TemporaryNode();
        node.Configure(Quick + Cfs("/data", "127.0.0.1:/"));
        Directory.CreateDirectory(node.On("/data"));
        var run = await ProgramRunner.RunAsync(
            ["unshare", "--mount", "--", "sh", "-c",
                "mount -t tmpfs other \"$1/data\" && \"$2\" bootstrap --root \"$1\"; code=$?; grep \"$1/data\" /proc/self/mountinfo; "
                    + "exit $code", "sh", node.Directory, Agent.Executable],
            TimeSpan.FromMinutes(1),
            TestContext.Current.CancellationToken);
        Assert.Equal(1, run.ExitCode);
        var error = ReportOf(node).FirstError!;
        Assert.Equal("MOUNT_CONFLICT", error.Code);
        Assert.Contains("tmpfs other", error.Message, StringComparison.Ordinal);
        Assert.Contains(" - tmpfs other ", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/etc")]
    [InlineData("../../../usr/bin")]
    public async Task Link_into_system_directories_is_refused(string target)
    {
        Needs.RootUser();
        using var node = new TemporaryNode();
        node.Configure(Quick + Cfs("/data", "127.0.0.1:/"));
        File.CreateSymbolicLink(node.On("/data"), target);
        Assert.Contains(
            "would fail: MOUNT_UNSAFE_PATH", (await Agent.RunAsync(node, "bootstrap", "--dry-run")).Output, StringComparison.Ordinal);
        Assert.Equal("MOUNT_UNSAFE_PATH", await AttemptAsync(node));
    }

    [Fact]
    public async Task File_at_mount_point_is_a_conflict()
    {
        Needs.RootUser();
        using var node = new TemporaryNode();
        node.Configure(Quick + Cfs("/data", "127.0.0.1:/"));
        node.Write("/data", "mine");
        Assert.Equal("MOUNT_CONFLICT", await AttemptAsync(node));
        Assert.Equal("mine", node.Read("/data"));
    }

    [Fact]
    public async Task Foreign_fstab_line_is_a_conflict_and_stays()
    {
        Needs.RootUser();
        using var node = new TemporaryNode();
        const string Foreign = "# mine\nUUID=1234 /data/ ext4 defaults 0 2\n";
        node.Write("/etc/fstab", Foreign);
        node.Configure(Quick + Cfs("/data", "127.0.0.1:/"));
        Assert.Equal("MOUNT_CONFLICT", await AttemptAsync(node));
        Assert.Contains("/etc/fstab line 2", ReportOf(node).FirstError!.Message, StringComparison.Ordinal);
        Assert.Equal(Foreign, node.Read("/etc/fstab"));
    }

    [Fact]
    public async Task Old_own_line_is_removed_before_mount()
    {
        Needs.RootUser();
        using var node = new TemporaryNode();
        node.Write("/etc/fstab", "# mine\n10.9.9.9:/old /data nfs vers=3,x-thpc.cluster=hpc-8hje8h12 0 0\n/dev/vda1 / ext4 defaults 0 1\n");
        node.Configure(Quick + Cfs("/data", "127.0.0.1:/"));
        Assert.Equal("MOUNT_UNREACHABLE", await AttemptAsync(node));
        Assert.Equal("# mine\n/dev/vda1 / ext4 defaults 0 1\n", node.Read("/etc/fstab"));
    }

    private static string Cfs(string localPath, string remotePath) =>
        $"[[cfs]]\nlocal_path = \"{localPath}\"\nremote_path = \"{remotePath}\"\nprotocol = \"NFS 4.0\"\n";

    private static Report ReportOf(TemporaryNode node) => ReportJson.Read(File.ReadAllBytes(node.Root.Report))!;

    private static async Task<(AgentRun Run, Report Report)> BootstrapAsync(TemporaryNode node)
    {
        var run = await Agent.RunAsync(node, "bootstrap");
        return (run, ReportOf(node));
    }

    private static async Task<string?> AttemptAsync(TemporaryNode node) => (await BootstrapAsync(node)).Report.FirstError?.Code;
}
