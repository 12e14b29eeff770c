using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Tests.Support;

namespace Thpc.NodeAgent.Tests.Stages.Script;

public sealed class ScriptOnceTests : IDisposable
{
    private const string InstanceFile = "/var/lib/cloud/data/instance-id";
    private readonly TemporaryNode _node = new();

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task A_script_that_succeeded_does_not_run_again_unless_forced()
    {
        Needs.RootUser();
        AddCounting();
        await AssertRunsAsync(1);
        await AssertRunsAsync(1);
        Assert.Equal(Outcome.Skipped, _node.Report().Stages[1].Outcome);
        Assert.Contains("counting.sh succeeded here at", _node.Report().Stages[1].Reason, StringComparison.Ordinal);
        await AssertRunsAsync(2, "--force");
        await AssertRunsAsync(2);
    }

    [Fact]
    public async Task A_script_that_failed_runs_again()
    {
        Needs.RootUser();
        AddCounting($"[ $(wc -l < {_node.On("/count")}) -ge 2 ]\n");
        await AssertRunsAsync(1, exitCode: 1);
        await AssertRunsAsync(2);
        await AssertRunsAsync(2);
    }

    [Fact]
    public async Task On_a_clone_with_another_instance_id_from_cloud_init_it_runs_again()
    {
        Needs.RootUser();
        AddCounting();
        _node.Write(InstanceFile, "ins-1\n");
        await AssertRunsAsync(1);
        _node.Write(InstanceFile, "ins-2\n");
        await AssertRunsAsync(2);
        Assert.Equal("ins-2", _node.Report().InstanceId);
        await AssertRunsAsync(2);
    }

    [Fact]
    public async Task The_metadata_service_tells_clones_apart_and_being_down_makes_no_new_machine()
    {
        Needs.RootUser();
        using var metadata = await CosStandin.StartAsync();
        _node.Write("/etc/thpc/node-agent.toml", TemporaryNode.Config.Replace("endpoint = \"\"", $"endpoint = \"{metadata.Url.GetLeftPart(UriPartial.Authority)}\"", StringComparison.Ordinal));
        _node.Write("/etc/machine-id", "0123456789abcdef\n");
        AddCounting();
        metadata.PutMetadata(new Dictionary<string, object> { ["instance-id"] = "ins-1" });
        await AssertRunsAsync(1);
        Assert.Equal("ins-1", _node.Report().InstanceId);
        metadata.PutMetadata(new Dictionary<string, object> { ["status"] = 500 });
        await AssertRunsAsync(1);
        metadata.PutMetadata(new Dictionary<string, object> { ["instance-id"] = "ins-2" });
        await AssertRunsAsync(2);
    }

    [Fact]
    public async Task Two_scripts_of_one_name_are_two()
    {
        Needs.RootUser();
        AddCounting();
        _node.Configure("[[init_script]]\nscript_path = \"file:///scripts/counting.sh\"");
        await AssertRunsAsync(2);
        await AssertRunsAsync(2);
    }

    [Fact]
    public async Task Other_arguments_make_another_script_and_they_reach_it_as_they_are()
    {
        Needs.RootUser();
        _node.AddScript("counting.sh", $"#!/bin/sh -e\necho ran >> {_node.On("/count")}\nprintf '<%s>' \"$@\" > {_node.On("/args")}\n");
        var without = _node.Read("/etc/thpc/node-agent.toml");
        await AssertRunsAsync(1);
        _node.Configure("args = [\"a b\", \"\", \"$(id)\", \"-x\", \"脚本\"]");
        await AssertRunsAsync(2);
        Assert.Equal("<a b><><$(id)><-x><脚本>", _node.Read("/args"));
        await AssertRunsAsync(2);
        _node.Write("/etc/thpc/node-agent.toml", without);
        await AssertRunsAsync(3);
        await AssertRunsAsync(3);
    }

    [Fact]
    public async Task A_pin_that_is_not_of_what_succeeded_makes_another_script()
    {
        Needs.RootUser();
        AddCounting();
        var without = _node.Read("/etc/thpc/node-agent.toml");
        await AssertRunsAsync(1);

        // What succeeded is what the pin wants: nothing to do. Without a pin changed content alone is none either.
        _node.Configure($"sha256 = \"{Sum()}\"");
        await AssertRunsAsync(1);
        await File.AppendAllTextAsync(_node.On("/scripts/counting.sh"), "# changed\n", TestContext.Current.CancellationToken);
        await AssertRunsAsync(1);
        _node.Write("/etc/thpc/node-agent.toml", without);
        await AssertRunsAsync(1);
        _node.Configure($"sha256 = \"{Sum()}\"");
        await AssertRunsAsync(2);
        await AssertRunsAsync(2);

        string Sum() => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(_node.On("/scripts/counting.sh"))));
    }

    [Fact]
    public async Task A_script_for_every_boot_runs_once_in_each()
    {
        Needs.RootUser();
        AddCounting();
        Boot("one");
        await AssertRunsAsync(1);
        Boot("two");
        await AssertRunsAsync(1);
        _node.Configure("run = \"every-boot\"");
        await AssertRunsAsync(2);
        await AssertRunsAsync(2);
        Assert.Contains("counting.sh succeeded in this boot at", _node.Report().Stages[1].Reason, StringComparison.Ordinal);
        await AssertRunsAsync(3, "--force");
        await AssertRunsAsync(3);
        Boot("three");
        await AssertRunsAsync(4);
        Boot("four");
        await AssertRunsAsync(5);
    }

    [Fact]
    public async Task A_script_for_other_roles_is_left_out_with_the_reason()
    {
        Needs.RootUser();
        AddCounting();
        _node.Configure("roles = [\"LOGIN\", \"ManagerBackup\"]");
        Assert.Equal(0, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        Assert.False(_node.Has("/count"));
        var stage = _node.Report().Stages[1];
        Assert.Equal((Outcome.Skipped, "file:///scripts/counting.sh is for LOGIN, MANAGER_BACKUP, and this node is COMPUTE"), (stage.Outcome, stage.Reason));
        Assert.DoesNotContain("counting.sh", (await Agent.RunAsync(_node, "doctor")).Output, StringComparison.Ordinal);
        await AssertRunsAsync(1, "--node-role=manager_backup");
    }

    [Fact]
    public async Task The_plan_shows_the_arguments()
    {
        AddCounting();
        _node.Configure("args = [\"a b\", \"-x\\n\"]");
        Assert.Contains("arguments: \"a b\" \"-x \"\n", (await Agent.RunAsync(_node, "bootstrap", "--dry-run")).Output, StringComparison.Ordinal);
        Assert.Contains("init_script[1].args = \"a b, -x?\"", (await Agent.RunAsync(_node, "config", "show")).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"script\":")]
    [InlineData("[]")]
    [InlineData("null")]
    public async Task A_marker_that_a_crash_cut_off_counts_for_nothing(string content)
    {
        Needs.RootUser();
        AddCounting();
        await AssertRunsAsync(1);
        await File.WriteAllTextAsync(Assert.Single(Directory.EnumerateFiles(_node.On("/var/lib/thpc-node-agent/scripts"), "*.done")), content, TestContext.Current.CancellationToken);
        await AssertRunsAsync(2);
    }

    private void Boot(string id) => _node.Write("/proc/sys/kernel/random/boot_id", id + "\n");

    private void AddCounting(string more = "") => _node.AddScript("counting.sh", $"#!/bin/sh\necho ran >> {_node.On("/count")}\n{more}");

    private async Task AssertRunsAsync(int count, string? option = null, int exitCode = 0)
    {
        var run = await Agent.RunAsync(_node, option is null ? ["bootstrap"] : ["bootstrap", option]);
        Assert.Equal(exitCode, run.ExitCode);
        Assert.Equal(count, _node.Read("/count").Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }
}
