using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.SystemTests.Cli;

public sealed class ImagePrepTests : IDisposable
{
    private readonly TemporaryNode _node = new();

    public ImagePrepTests()
    {
        Needs.RootUser();
        _node.Write("/root/.ssh/authorized_keys", "key\n");
        _node.Write("/etc/fstab", "# mine\n10.0.0.1:/ /data nfs4 rw 0 0\n/dev/vdb /disk ext4 defaults 0 2\n");
    }

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Cluster_data_is_removed_and_marker_written()
    {
        _node.Configure("[[cfs]]\nlocal_path = \"/data\"\nremote_path = \"10.0.0.1:/\" # ours\n\n[mount]\ntimeout = 60 # stays\n"
            + "[storage]\noption_file = \"/etc/thpc/option.json\"");
        _node.Write("/etc/thpc/option.json", "{}");
        _node.Write("/var/lib/thpc-node-agent/report.json", "{}");
        _node.Write("/var/lib/thpc-node-agent/scripts/0/script", "x");
        _node.Write("/run/thpc-node-agent/ready", "");
        var run = await PrepAsync("--yes");
        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        Assert.StartsWith("image succeeded in ", run.Output, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_node.On("/root/.ssh")));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_node.On("/var/lib/thpc-node-agent")));
        Assert.Equal("# mine\n/dev/vdb /disk ext4 defaults 0 2\n", _node.Read("/etc/fstab"));
        Assert.Equal(
            "[cluster]\nnode_role = \"COMPUTE\"\n\n[metadata]\nendpoint = \"\"\n\n[mount]\ntimeout = 60 # stays\n[storage]\n",
            _node.Read("/etc/thpc/node-agent.toml"));
        Assert.False(_node.Has("/etc/thpc/option.json") || _node.Has("/run/thpc-node-agent/ready"));
        var marker = ImageManifest.Parse(await File.ReadAllBytesAsync(_node.Root.Marker, TestContext.Current.CancellationToken))!;
        Assert.Equal(("debian", "12", null), (marker.OsId, marker.OsVersion, marker.KernelRelease));
        Assert.Contains("disk /dev/vdb on /disk: a node without that disk does not boot", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plan_without_terminal_is_not_applied()
    {
        var before = await ImageNodes.SnapshotAsync(_node.Directory);
        var run = await PrepAsync();
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("remove /root/.ssh/authorized_keys (ssh key or host of root)", run.Errors, StringComparison.Ordinal);
        Assert.Contains("line 2: nfs4 10.0.0.1:/ on /data", run.Errors, StringComparison.Ordinal);
        Assert.Contains("--yes", run.Errors, StringComparison.Ordinal);
        Assert.Equal(
            before, (await ImageNodes.SnapshotAsync(_node.Directory)).Where(item => !item.Key.StartsWith("/run", StringComparison.Ordinal))
                .ToDictionary());
    }

    [Theory]
    [InlineData("n", 1)]
    [InlineData("", 1)]
    [InlineData("y\\nn", 1)]
    [InlineData("y\\ny", 0)]
    public async Task Prep_asks_and_asks_again_if_nodes_may_not_work(string answers, int expected)
    {
        Needs.Program("script");
        _node.Write("/var/lib/dpkg/status", "Package: base-files\nStatus: install ok installed\nArchitecture: amd64\nVersion: 12.4\n");
        var run = await ProgramRunner.RunAsync(
            ["bash", "-c",
                $"{{ sleep 1; printf '{answers}\\n'; sleep 3; }} | script -qec '{Agent.Executable} image prep --root {_node.Directory}' "
                    + $"/dev/null"],
            TimeSpan.FromMinutes(1),
            TestContext.Current.CancellationToken);
        Assert.Equal(expected, run.ExitCode);
        Assert.Contains("Continue? [y/N]", run.Output, StringComparison.Ordinal);
        Assert.Equal(answers.StartsWith('y'), run.Output.Contains("Continue anyway? [y/N]", StringComparison.Ordinal));
        Assert.Contains("warning: nodes made from this image may not work: munge is missing", run.Output, StringComparison.Ordinal);
        Assert.Equal(expected != 0, _node.Has("/root/.ssh/authorized_keys"));
    }

    [Fact]
    public async Task Second_prep_keeps_packages_in_marker()
    {
        _node.Write("/var/lib/dpkg/status", "Package: munge\nStatus: install ok installed\nVersion: 0.5.15-2\nArchitecture: amd64\n");
        Assert.Equal(0, (await PrepAsync("--yes")).ExitCode);
        var marker = _node.Read("/root/thpc_preinstalled.json");
        Assert.Contains("\"name\": \"munge\"", marker, StringComparison.Ordinal);
        Assert.Contains("\"version\": \"0.5.15-2\"", marker, StringComparison.Ordinal);
        Assert.Contains("\"node_role\": \"COMPUTE\"", marker, StringComparison.Ordinal);
        Assert.Equal(0, (await PrepAsync("--yes")).ExitCode);
        Assert.Equal(marker, _node.Read("/root/thpc_preinstalled.json"));
    }

    [Fact]
    public async Task Dry_run_lists_every_path_and_changes_nothing()
    {
        for (var i = 0; i < 30; i++)
        {
            _node.Write($"/root/.ssh/key-{i}", "key");
        }

        var before = await ImageNodes.SnapshotAsync(_node.Directory);
        var run = await PrepAsync("--dry-run", "--operations", "all");
        Assert.Equal(0, run.ExitCode);
        Assert.All(
            Enumerable.Range(0, 30), i => Assert.Contains($"      remove /root/.ssh/key-{i} (", run.Output, StringComparison.Ordinal));
        Assert.Equal(before, await ImageNodes.SnapshotAsync(_node.Directory));
    }

    [Theory]
    [InlineData("MANAGER")]
    [InlineData("manager_backup")]
    public async Task Manager_role_is_refused(string role)
    {
        foreach (var environment in (Dictionary<string, string>[])[new() { ["THPC_NODE_ROLE"] = role }, []])
        {
            var run = await Agent.RunAsync(_node, environment, "image", "prep", "--yes");
            Assert.Equal((1, true), (run.ExitCode, run.Errors.Contains("IMAGE_REFUSED", StringComparison.Ordinal)));
            Assert.True(_node.Has("/root/.ssh/authorized_keys"));
            _node.Write("/etc/thpc/node-agent.toml", $"[cluster]\nnode_role = \"{role}\"\nbroken");
        }

        File.Delete(_node.On("/etc/thpc/node-agent.toml"));
        _node.Write(
            "/var/lib/thpc-node-agent/report.json",
            $"{{\"schema\":1,\"agent_version\":\"1\",\"run_id\":\"r\",\"cluster_id\":\"hpc-a\",\"node_role\":\""
                + $"{role}\",\"started_at\":\"2026-01-01T00:00:00Z\",\"outcome\":\"succeeded\"}}");
        Assert.Equal(1, (await PrepAsync("--yes")).ExitCode);
        Assert.True(_node.Has("/root/.ssh/authorized_keys"));
        Assert.Contains(
            "problem: this node is or was a manager: the last report sets a manager role; nodes made from it",
            (await CheckAsync()).Output,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Marker_replaces_a_link()
    {
        _node.Write("/srv/precious", "kept");
        foreach (var name in (string[])["/root/thpc_preinstalled.json", "/root/thpc_preinstalled.json.next"])
        {
            File.Delete(_node.On(name));
            _node.Link(name, "../srv/precious");
        }

        Assert.Equal(0, (await PrepAsync("--yes")).ExitCode);
        Assert.Equal("kept", _node.Read("/srv/precious"));
        Assert.Null(new FileInfo(_node.On("/root/thpc_preinstalled.json")).LinkTarget);
        Assert.NotNull(ImageManifest.Parse(
            await File.ReadAllBytesAsync(_node.On("/root/thpc_preinstalled.json"), TestContext.Current.CancellationToken)));
    }

    [Theory]
    [InlineData("/root/thpc_preinstalled.json", "mkdir", "/root/thpc_preinstalled.json is a directory")]
    [InlineData("/root/thpc_preinstalled.json", "mkfifo", "/root/thpc_preinstalled.json is a FIFO or a device")]
    [InlineData("/root/thpc_preinstalled.json.next", "mkdir", "/root/thpc_preinstalled.json.next is a directory")]
    [InlineData("/root", "touch", "/root is a symbolic link or not a directory")]
    public async Task Unwritable_marker_removes_nothing(string path, string make, string words)
    {
        await ImageNodes.DeleteAsync(_node.On(path));
        using var run = System.Diagnostics.Process.Start(make, [_node.On(path)]);
        await run.WaitForExitAsync(TestContext.Current.CancellationToken);
        var prep = await PrepAsync("--yes");
        Assert.Equal(1, prep.ExitCode);
        Assert.Contains($"IMAGE_REFUSED: {words}", prep.Errors, StringComparison.Ordinal);
        Assert.Contains("10.0.0.1:/ /data", _node.Read("/etc/fstab"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Links_resolve_inside_the_image()
    {
        Directory.Move(_node.On("/root"), _node.On("/people"));
        File.Delete(_node.On("/people/thpc_preinstalled.json"));
        _node.Link("/root", "/people");
        Directory.Move(_node.On("/etc"), _node.On("/settings"));
        _node.Link("/etc", "/settings");
        var run = await PrepAsync("--yes");
        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        Assert.NotNull(ImageManifest.Parse(
            await File.ReadAllBytesAsync(_node.On("/people/thpc_preinstalled.json"), TestContext.Current.CancellationToken)));
        Assert.Equal("# mine\n/dev/vdb /disk ext4 defaults 0 2\n", _node.Read("/settings/fstab"));
        Assert.DoesNotContain("hpc-", _node.Read("/settings/thpc/node-agent.toml"), StringComparison.Ordinal);
        Assert.Contains("warning: /root is a symbolic link or not a directory: skipped", run.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists("/people") || Directory.Exists("/settings"));
    }

    [Theory]
    [InlineData("prep")]
    [InlineData("check")]
    public async Task Unknown_operation_is_a_usage_error(string command)
    {
        var run = await Agent.RunAsync(_node, "image", command, "--operations", "defaults,ssh-keys");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("unknown operation \"ssh-keys\"", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_operations_prints_all()
    {
        var text = (await PrepAsync("--list-operations")).Output;
        Assert.Contains("marker          default    writes", text, StringComparison.Ordinal);
        Assert.Contains("data-disks      on request fstab lines", text, StringComparison.Ordinal);
        Assert.Contains("\"default\": true", (await PrepAsync("--list-operations", "--json")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Logs_are_emptied_in_place_and_hard_links_replaced()
    {
        const string Make =
            "cd \"$1\" && mkdir -p var/log data && for f in plain hard; do echo text >var/log/$f; chown 12:34 var/log/$f; chmod 2640 "
                + "var/log/$f; done; ln var/log/hard data/kept; mkfifo var/log/pipe; ln -s ../../data/kept var/log/link; stat -c %i "
                + "var/log/plain";
        var inode = (await ProgramRunner.RunAsync(
            ["bash", "-c", Make, "bash", _node.Directory], TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken)).Output;
        Assert.Equal(0, (await PrepAsync("--yes", "--operations", "logs")).ExitCode);
        var after = await ProgramRunner.RunAsync(
            ["bash", "-c", "cd \"$1/var/log\" && stat -c '%s %a %u:%g %F' plain hard pipe && stat -c %i plain", "bash", _node.Directory],
            TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.Equal($"0 2640 12:34 regular empty file\n0 2640 12:34 regular empty file\n0 644 0:0 fifo\n{inode}", after.Output);
        Assert.Equal("text\n", _node.Read("/data/kept"));
    }

    [Fact]
    public async Task Failed_removal_is_reported_and_prevents_the_marker()
    {
        File.Delete(_node.Root.Marker);
        var chattr = await ProgramRunner.RunAsync(
            ["chattr", "+i", _node.On("/root/.ssh/authorized_keys")], TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.SkipUnless(chattr.Succeeded, "needs a file system with immutable files");
        try
        {
            _node.Write("/root/.ssh/other", "key");
            var run = await PrepAsync("--yes");
            Assert.Equal(1, run.ExitCode);
            Assert.Contains(
                "FILE_ACCESS: remove /root/.ssh/authorized_keys: Operation not permitted", run.Output, StringComparison.Ordinal);
            Assert.False(_node.Has("/root/.ssh/other"));
            Assert.False(File.Exists(_node.Root.Marker));
        }
        finally
        {
            await ProgramRunner.RunAsync(
                ["chattr", "-i", _node.On("/root/.ssh/authorized_keys")], TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        }

        Assert.Equal(0, (await PrepAsync("--yes")).ExitCode);
        Assert.True(File.Exists(_node.Root.Marker));
    }

    [Fact]
    public async Task Killed_prep_completes_on_next_run()
    {
        for (var round = 0; round < 6; round++)
        {
            for (var i = 0; i < 300; i++)
            {
                _node.Write($"/tmp/d{i % 7}/f{i}", "x");
                _node.Write($"/var/log/l{i}", "x");
            }

            _node.Write("/root/.ssh/key", "key");
            File.Delete(_node.Root.Marker);
            using (var run = Agent.Start(_node, new Dictionary<string, string>(), "image", "prep", "--yes", "--operations", "all"))
            {
                await Task.Delay(8 + (round * 6), TestContext.Current.CancellationToken);
                run.Kill();
                await run.WaitForExitAsync(TestContext.Current.CancellationToken);
            }

            if (File.Exists(_node.Root.Marker))
            {
                Assert.Equal(0, (await CheckAsync()).ExitCode);
            }

            Assert.Equal(0, (await PrepAsync("--yes", "--operations", "all")).ExitCode);
            Assert.Equal(0, (await CheckAsync()).ExitCode);
            Assert.NotNull(ImageManifest.Parse(await File.ReadAllBytesAsync(_node.Root.Marker, TestContext.Current.CancellationToken)));
        }
    }

    private Task<AgentRun> PrepAsync(params string[] arguments) => Agent.RunAsync(_node, ["image", "prep", .. arguments]);

    private Task<AgentRun> CheckAsync() => Agent.RunAsync(_node, "image", "check");
}
