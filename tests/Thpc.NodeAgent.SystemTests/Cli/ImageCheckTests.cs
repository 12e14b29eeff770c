using System.Text.Json;
using Thpc.NodeAgent.Stages.Image;

namespace Thpc.NodeAgent.SystemTests.Cli;

/// <summary>`image check`: findings that count, findings that are only listed, and its advice.</summary>
public sealed class ImageCheckTests : IDisposable
{
    private readonly TemporaryNode _node = new();

    public ImageCheckTests()
    {
        Needs.RootUser();
        File.Delete(_node.On("/etc/thpc/node-agent.toml"));
        _node.Write("/etc/fstab", "UUID=1 / ext4 defaults 0 1\n");
    }

    public void Dispose() => _node.Dispose();

    public static TheoryData<string> Names => [.. AllOperations.All.Select(operation => operation.Name)];

    [Fact]
    public async Task Source_machine_findings_are_listed_but_do_not_fail()
    {
        AddMachine();
        var check = await CheckAsync();
        Assert.True(check.ExitCode == 0, check.Output + check.Errors);
        Assert.Contains(
            "note: machine-id: /etc/machine-id (machine id): belongs to the source machine\n", check.Output, StringComparison.Ordinal);
        Assert.Contains(
            "note: logs: /var/log/a.log (log) and 1 more: belongs to the source machine\n", check.Output, StringComparison.Ordinal);
        Assert.Contains("note: data-disks: /etc/fstab (", check.Output, StringComparison.Ordinal);
        Assert.Contains(
            "\nok: nothing is left of fstab, ssh, agent-state, cluster-config, scheduler-keys\n", check.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Operations_option_selects_what_counts()
    {
        AddMachine();
        Assert.Equal(5, (await CheckAsync("--operations", "defaults,machine-id")).ExitCode);
        _node.Write("/root/.ssh/authorized_keys", "key\n");
        Assert.Equal(5, (await CheckAsync()).ExitCode);
        Assert.Equal(0, (await CheckAsync("--operations=-ssh")).ExitCode);
    }

    [Fact]
    public async Task Cluster_keys_count_although_removed_on_request()
    {
        _node.Write("/etc/munge/munge.key", "key");
        var check = await CheckAsync();
        Assert.Equal(5, check.ExitCode);
        Assert.Contains("scheduler-keys: /etc/munge/munge.key (", check.Output, StringComparison.Ordinal);
        Assert.Equal(0, (await CheckAsync("--operations", "defaults")).ExitCode);
        Assert.Equal(0, (await PrepAsync("defaults,scheduler-keys")).ExitCode);
        Assert.Equal(0, (await CheckAsync()).ExitCode);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Check_passes_after_prep_with_the_same_operations(string name)
    {
        AddMachine();
        AddCluster();
        var prep = await PrepAsync(name);
        Assert.True(prep.ExitCode == 0, prep.Errors);
        var check = await CheckAsync("--operations", name);
        Assert.True(check.ExitCode == 0, check.Output);
    }

    [Fact]
    public async Task Check_passes_after_prep_with_defaults_and_with_all()
    {
        AddMachine();
        AddCluster();
        Assert.Equal(0, (await PrepAsync("defaults")).ExitCode);
        Assert.Equal(0, (await CheckAsync("--operations", "defaults")).ExitCode);
        Assert.Equal(0, (await PrepAsync("all")).ExitCode);
        Assert.Equal(0, (await CheckAsync("--operations", "all")).ExitCode);
        Assert.Equal(0, (await CheckAsync()).ExitCode);
    }

    [Theory]
    [InlineData("/root/.ssh", "ln -s /srv", "/root/.ssh is a symbolic link or not a directory")]
    [InlineData("/etc/fstab", "mkdir", "/etc/fstab is a directory")]
    [InlineData("/etc/fstab", "mkfifo", "/etc/fstab is a FIFO or a device")]
    [InlineData("/etc/thpc/node-agent.toml", "mkfifo", "/etc/thpc/node-agent.toml is a FIFO or a device")]
    [InlineData("/etc/munge/munge.key", "mkfifo", "/etc/munge/munge.key is a FIFO or a device")]
    [InlineData("/etc/defaultdomain", "mkdir", "/etc/defaultdomain is a directory")]
    public async Task Path_that_cannot_be_inspected_fails(string path, string make, string words)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_node.On(path))!);
        File.Delete(_node.On(path));
        await MakeAsync(make, path);
        var check = await CheckAsync();
        Assert.Equal(5, check.ExitCode);
        Assert.Contains($"problem: {words}", check.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("ok:", check.Output, StringComparison.Ordinal);

        using var json = JsonDocument.Parse((await CheckAsync("--json")).Output);
        var item = Assert.Single(json.RootElement.EnumerateArray(), item => item.GetProperty("class").GetString() == "problem");
        Assert.StartsWith(words, item.GetProperty("why").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Uninspected_path_of_the_source_machine_is_a_warning()
    {
        Directory.CreateDirectory(_node.On("/etc/machine-id"));
        var check = await CheckAsync();
        Assert.Equal(0, check.ExitCode);
        Assert.Contains("warning: /etc/machine-id is a directory", check.Errors, StringComparison.Ordinal);
        Assert.Equal(5, (await CheckAsync("--operations", "machine-id")).ExitCode);
    }

    [Fact]
    public async Task Advice_repeats_root_and_omits_data_disks()
    {
        AddMachine();
        _node.Write("/root/.ssh/authorized_keys", "key\n");
        var check = await CheckAsync("--operations", "ssh,data-disks");
        Assert.EndsWith(
            $"2 left: `thpc-node-agent image prep --root {_node.Directory} --operations ssh` cleans them.\n"
                + "→ Clean what is listed, then run "
                + $"`thpc-node-agent image check --root {_node.Directory} --operations ssh,data-disks` again.\n",
            check.Output,
            StringComparison.Ordinal);
        var disks = await CheckAsync("--operations", "data-disks");
        Assert.Equal(5, disks.ExitCode);
        Assert.Contains("1 left.\n→ Clean what is listed, ", disks.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_contains_classes()
    {
        AddMachine();
        _node.Write("/root/.ssh/authorized_keys", "key\n");
        using var json = JsonDocument.Parse((await CheckAsync("--json")).Output);
        Assert.Equal(
            [("left", "ssh"), ("source-machine", "data-disks"), ("source-machine", "machine-id")],
            json.RootElement.EnumerateArray()
                .Select(item => (item.GetProperty("class").GetString()!, item.GetProperty("operation").GetString()!)).Distinct().Take(3));
    }

    [Fact]
    public async Task Manager_image_always_fails()
    {
        _node.Write("/etc/thpc/node-agent.toml", "[cluster]\nnode_role = \"MANAGER\"\n");
        var check = await CheckAsync("--operations", "ssh");
        Assert.Equal(5, check.ExitCode);
        Assert.Contains(
            "problem: this node is or was a manager: /etc/thpc/node-agent.toml sets a manager role",
            check.Output,
            StringComparison.Ordinal);
    }

    private void AddMachine()
    {
        _node.Write("/etc/machine-id", "0123456789abcdef0123456789abcdef\n");
        _node.Write("/var/log/a.log", "line\n");
        _node.Write("/var/log/b.log", "line\n");
        _node.Write("/root/.bash_history", "ls\n");
        _node.Write("/tmp/file", "x");
        _node.Write("/etc/fstab", "UUID=1 / ext4 defaults 0 1\n/dev/vdb1 /data1 xfs defaults 0 2\n");
    }

    private void AddCluster()
    {
        _node.Write("/etc/fstab", _node.Read("/etc/fstab") + "10.0.0.1:/ /opt nfs vers=3 0 0\n");
        _node.Write("/etc/thpc/node-agent.toml", TemporaryNode.Config);
        _node.Write("/root/.ssh/authorized_keys", "key\n");
        _node.Write("/var/lib/thpc-node-agent/report.json", "{}");
        _node.Write("/etc/munge/munge.key", "key");
        _node.Write("/etc/ssh/ssh_host_rsa_key", "key");
        _node.Write("/var/lib/dhcp/dhclient.leases", "lease");
    }

    private async Task MakeAsync(string make, string path)
    {
        using var run = System.Diagnostics.Process.Start("sh", ["-c", $"{make} \"$0\"", _node.On(path)]);
        await run.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, run.ExitCode);
    }

    private Task<AgentRun> CheckAsync(params string[] arguments) => Agent.RunAsync(_node, ["image", "check", .. arguments]);

    private Task<AgentRun> PrepAsync(string operations) => Agent.RunAsync(_node, "image", "prep", "--yes", "--operations", operations);
}
