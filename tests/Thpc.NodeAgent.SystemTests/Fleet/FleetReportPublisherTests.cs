using CsCheck;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Native;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.SystemTests.Fleet;

public sealed class FleetReportPublisherTests : IDisposable
{
    private const string Folder = "/srv/fleet";

    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private readonly TemporaryNode _node = new();

    public FleetReportPublisherTests() => _node.Write("/var/lib/cloud/data/instance-id", "ins-1\n");

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Run_creates_directory_and_publishes_report()
    {
        Needs.RootUser();
        Wanted();
        _node.AddScript("a.sh", "#!/bin/sh\n");
        Assert.Equal(0, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        Assert.Equal(_node.Read("/var/lib/thpc-node-agent/report.json"), _node.Read($"{Folder}/ins-1.json"));
        Assert.Equal(["ins-1.json"], Names());
        Assert.Equal(Readable, File.GetUnixFileMode(_node.On($"{Folder}/ins-1.json")));
        Assert.Equal(
            Readable | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute,
            File.GetUnixFileMode(_node.On(Folder)));
        Assert.False(_node.Has("/run/thpc-node-agent/fleet-report.json"));
        Assert.Matches("^[0-9a-f]{64}$", Left().Stages[1].Steps[0].Sha256);
        Assert.Null(Left().Stages[1].Steps[1].Sha256);
    }

    [Fact]
    public async Task Report_describes_the_node()
    {
        Needs.RootUser();
        _node.Configure(
            $"[fleet]\ndirectory = \"{Folder}\"\n[mount]\ntimeout = 1\n[[cfs]]\nlocal_path = \"/data\"\nremote_path = \"127.0.0.1:/x\"\n");
        _node.Write("/etc/hostname", "compute-017\n");
        _node.Write("/etc/os-release", "ID=\"tencentos\"\nVERSION_ID=\"2.4\"\n");
        _node.Write("/proc/sys/kernel/osrelease", "5.4.119-20.0011\n");
        _node.Write("/proc/net/fib_trie", "   |-- 172.30.3.17\n      /32 host LOCAL\n");
        await Agent.RunAsync(_node, "bootstrap");
        var report = Left();
        Assert.Equal(
            ("compute-017", "172.30.3.17", "5.4.119-20.0011", "tencentos 2.4"),
            (report.HostName, Assert.Single(report.Addresses!), report.Kernel, report.Os));
        var mount = Assert.Single(report.Mounts!);
        Assert.Equal(("/data", "127.0.0.1:/x"), (mount.LocalPath, mount.Source));
        Assert.Contains("noresvport", mount.Options, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Failed_run_publishes_sha256_of_refused_script()
    {
        Needs.RootUser();
        Wanted();
        _node.AddScript("a.sh", "no shebang\n");
        Assert.Equal(1, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        Assert.Equal(RunOutcome.Failed, Left().Outcome);
        Assert.Equal(
            Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("no shebang\n"u8)), Left().Stages[1].Steps[0].Sha256);
    }

    [Fact]
    public async Task Interrupted_run_publishes_report()
    {
        Needs.RootUser();
        Wanted();
        _node.AddScript("a.sh", $"#!/bin/sh\ntouch '{_node.On("/started")}'\nsleep 60\n");
        using var bootstrap = Agent.Start(_node, new Dictionary<string, string>(), "bootstrap");
        await ScriptNodes.WaitForFileAsync(_node.On("/started"));
        _ = NativeMethods.Kill(bootstrap.Id, NativeMethods.SigTerm);
        await bootstrap.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(RunOutcome.Interrupted, Left().Outcome);
    }

    [Fact]
    public async Task Nothing_is_published_without_directory()
    {
        Needs.RootUser();
        Assert.Equal(0, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        Assert.False(Directory.Exists(_node.On("/srv")));
        Assert.Empty(Directory.EnumerateFiles(_node.On("/run/thpc-node-agent"), "*fleet*"));
    }

    [Fact]
    public async Task Existing_file_of_same_name_is_replaced()
    {
        Needs.RootUser();
        Wanted();
        File.SetLastWriteTimeUtc(_node.Write($"{Folder}/ins-1.json", "newer"), DateTime.UtcNow.AddDays(1));
        await Agent.RunAsync(_node, "bootstrap");
        Assert.Equal(RunOutcome.Succeeded, Left().Outcome);
        Directory.Delete(_node.On(Folder), recursive: true);
        Directory.CreateDirectory(_node.On($"{Folder}/ins-1.json/in the way"));
        var run = await Agent.RunAsync(_node, "bootstrap");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains($"the report cannot be copied to {Folder}: ", run.Output, StringComparison.Ordinal);
        Assert.Contains($"the report cannot be copied to {Folder}: ", Assert.Single(_node.Report().Warnings), StringComparison.Ordinal);
        Assert.Equal(["ins-1.json"], Names());
    }

    [Fact]
    public async Task Nothing_is_written_below_unmounted_storage()
    {
        Needs.RootUser();
        _node.Configure("[fleet]\ndirectory = \"/data/thpc/fleet\"\n[[cfs]]\nlocal_path = \"/data\"\nremote_path = \"127.0.0.1:/\"\n");
        _node.AddScript("a.sh", "#!/bin/sh\nexit 1\n");
        var run = await Agent.RunAsync(_node, "bootstrap");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("the report cannot be copied to /data/thpc/fleet: /data is not mounted", run.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_node.On("/data")));
    }

    [Fact]
    public async Task Link_cannot_bypass_unmounted_storage()
    {
        Needs.RootUser();
        _node.Configure("[fleet]\ndirectory = \"/srv/fleet\"\n[[cfs]]\nlocal_path = \"/data\"\nremote_path = \"127.0.0.1:/\"\n");
        _node.AddScript("a.sh", "#!/bin/sh\nexit 1\n");
        Directory.CreateDirectory(_node.On("/srv"));
        Directory.CreateDirectory(_node.On("/data"));
        File.CreateSymbolicLink(_node.On("/srv/fleet"), "/data/fleet");
        Assert.Contains("/data is not mounted", (await Agent.RunAsync(_node, "bootstrap")).Output, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_node.On("/data")));
    }

    [Fact]
    public async Task Hanging_file_system_only_warns()
    {
        Needs.RootUser();
        Needs.Program("bindfs");
        Wanted();
        Directory.CreateDirectory(_node.On(Folder));
        var said = await MountNamespace.RunAsync(_node, """
            mkdir "$node/source"
            bindfs "$node/source" "$node/srv/fleet"
            kill -STOP $(pgrep -x bindfs)
            timeout 60 "$executable" bootstrap --root "$node" 2>/dev/null; echo "exit $?"
            kill -KILL $(pgrep -x bindfs)
            """);
        Assert.Contains("its file system did not answer within 10 s", said, StringComparison.Ordinal);
        Assert.EndsWith("exit 0\n", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Kill_leaves_complete_old_or_new_report()
    {
        Needs.RootUser();
        Wanted();
        Directory.CreateDirectory(_node.On("/srv"));
        await Agent.RunAsync(_node, "bootstrap");
        var first = Left().RunId;
        var ended = 0;
        using var timer = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        for (var delay = TimeSpan.Zero; ended < 3; delay += TimeSpan.FromMilliseconds(2))
        {
            // In a PID namespace, so that the agent's children in other sessions are killed too.
            using var run = System.Diagnostics.Process.Start(
                "unshare",
                ["--pid", "--fork", "--kill-child", "--mount-proc", Agent.Executable, "bootstrap", "--root", _node.Directory,
                    "--log-format", "json"]);
            await Task.WhenAny(run.WaitForExitAsync(timer.Token), Task.Delay(delay, timer.Token));
            if (run.HasExited)
            {
                Assert.Equal(0, run.ExitCode);
                ended++;
            }

            run.Kill();
            await run.WaitForExitAsync(timer.Token);
            while (RunLock.IsHeld(_node.Root))
            {
                await Task.Delay(2, timer.Token);
            }

            Assert.Equal(RunOutcome.Succeeded, Left().Outcome);
        }

        Assert.NotEqual(first, Left().RunId);
        Assert.All(Names(), name => Assert.True(name == "ins-1.json" || name.StartsWith(".ins-1.json.", StringComparison.Ordinal), name));
    }

    private void Wanted() => _node.Configure($"[fleet]\ndirectory = \"{Folder}\"\n");

    private Report Left() =>
        ReportJson.Read(File.ReadAllBytes(_node.On($"{Folder}/ins-1.json"))) ?? throw new InvalidDataException("no whole report");

    private IEnumerable<string> Names() => Directory.EnumerateFileSystemEntries(_node.On(Folder)).Select(path => Path.GetFileName(path)!);
}
