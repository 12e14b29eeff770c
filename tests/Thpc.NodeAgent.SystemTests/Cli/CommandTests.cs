using System.CommandLine;
using Thpc.NodeAgent.Cli;

namespace Thpc.NodeAgent.SystemTests.Cli;

public sealed class CommandTests : IDisposable
{
    private readonly TemporaryNode _node = new();

    public static TheoryData<string> Leaves => [.. Paths(AgentCommand.Create()).Select(path => string.Join(' ', path))];

    public void Dispose() => _node.Dispose();

    [Theory]
    [MemberData(nameof(Leaves))]
    public async Task Help_examples_parse(string command)
    {
        var run = await Agent.RunAsync(_node, [.. command.Split(' '), "--help"]);
        Assert.Equal(0, run.ExitCode);
        var examples = run.Output.Replace(" \\\n      ", " ", StringComparison.Ordinal).Split("\nExample")[1]
            .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)[1..];
        Assert.NotEmpty(examples);
        Assert.All(examples, example =>
        {
            Assert.StartsWith($"thpc-node-agent {command}", example, StringComparison.Ordinal);
            Assert.Empty(AgentCommand.Create().Parse(example["thpc-node-agent ".Length..]).Errors);
        });
    }

    [Fact]
    public async Task Config_check_prints_validity_or_errors()
    {
        var valid = await Agent.RunAsync(_node, "config", "check");
        Assert.Equal(0, valid.ExitCode);
        Assert.Contains("COMPUTE of hpc-8hje8h12", valid.Output, StringComparison.Ordinal);
        _node.Configure("[cos]\nendpiont = \"x\"\n");
        var invalid = await Agent.RunAsync(_node, "config", "check");
        Assert.Equal(2, invalid.ExitCode);
        Assert.Contains("endpiont", invalid.Errors, StringComparison.Ordinal);
        Assert.Contains("→", invalid.Errors, StringComparison.Ordinal);
        var absent = await Agent.RunAsync(_node, "config", "check", "--config", "/no/such/file");
        Assert.Equal(2, absent.ExitCode);
        Assert.Contains("/no/such/file", absent.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Config_show_prints_origins()
    {
        var run = await Agent.RunAsync(
            _node, new Dictionary<string, string> { ["THPC_NODE_ROLE"] = "login", ["TENCENTCLOUD_SECRET_KEY"] = "hidden" }, "config",
            "show");
        Assert.Equal(0, run.ExitCode);
        Assert.Matches("cluster.node_role = \"(login|LOGIN)\" +# environment THPC_NODE_ROLE", run.Output);
        Assert.Matches("cluster.id = \"hpc-8hje8h12\" +# /etc/thpc/node-agent.toml:2", run.Output);
        Assert.Matches("mount.timeout = \"[^\"]+\" +# default", run.Output);
        Assert.Contains("TENCENTCLOUD_SECRET_KEY = \"********\"", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dry_run_prints_steps_and_changes_nothing()
    {
        Needs.RootUser();
        _node.AddScript("a.sh", $"#!/bin/sh\ntouch {_node.On("/ran")}\n");
        _node.Configure("[[cfs]]\nlocal_path = \"/data\"\nremote_path = \"127.0.0.1:/\"\nprotocol = \"NFS 4.0\"\n");
        var before = _node.Tree();
        var run = await Agent.RunAsync(_node, "bootstrap", "--dry-run");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("would fetch file:///scripts/a.sh", run.Output, StringComparison.Ordinal);
        Assert.Contains("would run init script 1 (a.sh)", run.Output, StringComparison.Ordinal);
        Assert.Contains("THPC_NODE_ROLE=COMPUTE", run.Output, StringComparison.Ordinal);
        Assert.Contains("/data", run.Output, StringComparison.Ordinal);
        Assert.EndsWith("Nothing was changed.\n", run.Output, StringComparison.Ordinal);
        Assert.Equal(before, _node.Tree());
    }

    [Theory]
    [InlineData("status")]
    [InlineData("config show")]
    [InlineData("config check")]
    public async Task Read_only_commands_change_nothing(string command)
    {
        Needs.RootUser();
        await Agent.RunAsync(_node, "bootstrap");
        var before = _node.Tree();
        Assert.Equal(0, (await Agent.RunAsync(_node, command.Split(' '))).ExitCode);
        Assert.Equal(before, _node.Tree());
    }

    [Fact]
    public async Task Second_bootstrap_changes_nothing()
    {
        Needs.RootUser();
        _node.AddScript("a.sh", "#!/bin/sh\necho ran\n");
        Assert.Equal(0, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        string[] its = ["/var/lib/thpc-node-agent", "/var/lib/thpc-node-agent/report.json",
            "/var/lib/thpc-node-agent/report.1.json", "/run/thpc-node-agent", "/run/thpc-node-agent/lock", "/run/thpc-node-agent/ready"];
        IEnumerable<string> Others() => _node.Tree().Where(entry => !its.Contains(entry.Split(' ')[0]));
        var before = Others().ToList();
        var second = await Agent.RunAsync(_node, "bootstrap");
        Assert.Equal(0, second.ExitCode);
        Assert.Equal(before, Others());
        foreach (var stage in (string[])["packages", "script", "mount"])
        {
            Assert.Matches($"(?m)^  {stage} +skipped", second.Output);
        }
    }

    [Fact]
    public async Task Options_override_scripts_and_timeout()
    {
        Needs.RootUser();
        _node.AddScript("configured.sh", "#!/bin/sh\necho configured\n");
        _node.Write("/given.sh", "#!/bin/sh\necho given $THPC_NODE_ROLE $THPC_CLUSTER_ID\n");
        var run = await Agent.RunAsync(
            _node, "bootstrap", "--init-script", "file:///given.sh", "--init-script", "file:///given.sh", "--script-timeout", "10",
            "--node-role", "manager_backup", "--cluster-id", "hpc-abcdefgh");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal("given MANAGER_BACKUP hpc-abcdefgh\n", _node.Log(1));
        Assert.Equal("given MANAGER_BACKUP hpc-abcdefgh\n", _node.Log(2));
    }

    [Theory]
    [InlineData("--force", 2)]
    [InlineData("--rerun-scripts", 2)]
    [InlineData("--mount-over-opt", 1)]
    public async Task Option_runs_finished_scripts_again(string option, int runs)
    {
        Needs.RootUser();
        _node.AddScript("a.sh", $"#!/bin/sh\necho ran >> {_node.On("/count")}\n");
        Assert.Equal(0, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        Assert.Equal(0, (await Agent.RunAsync(_node, "bootstrap", option)).ExitCode);
        Assert.Equal(runs, _node.Read("/count").Split('\n').Length - 1);
    }

    [Fact]
    public async Task Script_run_repeats_scripts_and_keeps_report()
    {
        Needs.RootUser();
        _node.AddScript("a.sh", $"#!/bin/sh\necho ran >> {_node.On("/count")}\n");
        Assert.Equal(0, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        var report = _node.Read("/var/lib/thpc-node-agent/report.json");
        var run = await Agent.RunAsync(_node, "script", "run");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal("ran\nran\n", _node.Read("/count"));
        Assert.Equal(report, _node.Read("/var/lib/thpc-node-agent/report.json"));
        Assert.Contains("run init script 1", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Script_check_reports_every_script()
    {
        Needs.RootUser();
        _node.AddScript("a.sh", "no shebang\n");
        _node.AddScript("b.sh", "#!/no/such\n");
        var run = await Agent.RunAsync(_node, "script", "check");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("SCRIPT_NO_SHEBANG", run.Output, StringComparison.Ordinal);
        Assert.Contains("SCRIPT_INTERPRETER_MISSING", run.Output, StringComparison.Ordinal);
    }

    private static IEnumerable<IReadOnlyList<string>> Paths(Command command) =>
        command.Subcommands.SelectMany(child => Paths(child).Select(path => (IReadOnlyList<string>)[child.Name, .. path]))
            .Concat(command.Action is null ? [] : [[]]);
}
