using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.SystemTests.Stages.Script;

public sealed class ScriptOnceTests : IDisposable
{
    private const string InstanceFile = "/var/lib/cloud/data/instance-id";
    private readonly TemporaryNode _node = new();

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Successful_script_runs_again_only_if_forced()
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
    public async Task Failed_script_runs_again()
    {
        Needs.RootUser();
        AddCounting($"[ $(wc -l < {_node.On("/count")}) -ge 2 ]\n");
        await AssertRunsAsync(1, exitCode: 1);
        await AssertRunsAsync(2);
        await AssertRunsAsync(2);
    }

    [Fact]
    public async Task Script_runs_again_on_clone_with_other_instance_id()
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
    public async Task Metadata_service_identifies_clones_and_may_be_down()
    {
        Needs.RootUser();
        using var metadata = await CosStandin.StartAsync();
        _node.Write(
            "/etc/thpc/node-agent.toml",
            TemporaryNode.Config.Replace(
                "endpoint = \"\"", $"endpoint = \"{metadata.Url.GetLeftPart(UriPartial.Authority)}\"", StringComparison.Ordinal));
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
    public async Task Scripts_with_same_name_have_own_markers()
    {
        Needs.RootUser();
        AddCounting();
        _node.Configure("[[init_script]]\nscript_path = \"file:///scripts/counting.sh\"");
        await AssertRunsAsync(2);
        await AssertRunsAsync(2);
    }

    [Fact]
    public async Task Changed_arguments_run_script_again_and_are_passed_unchanged()
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
    public async Task Changed_pinned_hash_runs_script_again()
    {
        Needs.RootUser();
        AddCounting();
        var without = _node.Read("/etc/thpc/node-agent.toml");
        await AssertRunsAsync(1);

        // The script that succeeded has the pinned hash: nothing to do. Without a pinned hash, changed content does not matter.
        _node.Configure($"sha256 = \"{Sum()}\"");
        await AssertRunsAsync(1);
        await File.AppendAllTextAsync(_node.On("/scripts/counting.sh"), "# changed\n", TestContext.Current.CancellationToken);
        await AssertRunsAsync(1);
        _node.Write("/etc/thpc/node-agent.toml", without);
        await AssertRunsAsync(1);
        _node.Configure($"sha256 = \"{Sum()}\"");
        await AssertRunsAsync(2);
        await AssertRunsAsync(2);

        string Sum() =>
            Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(_node.On("/scripts/counting.sh"))));
    }

    [Fact]
    public async Task Every_boot_script_runs_once_in_each_boot()
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
    public async Task Script_for_other_roles_is_skipped_with_reason()
    {
        Needs.RootUser();
        AddCounting();
        _node.Configure("roles = [\"LOGIN\", \"ManagerBackup\"]");
        Assert.Equal(0, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        Assert.False(_node.Has("/count"));
        var stage = _node.Report().Stages[1];
        Assert.Equal(
            (Outcome.Skipped, "file:///scripts/counting.sh is for LOGIN, MANAGER_BACKUP, and this node is COMPUTE"),
            (stage.Outcome, stage.Reason));
        Assert.DoesNotContain("counting.sh", (await Agent.RunAsync(_node, "doctor")).Output, StringComparison.Ordinal);
        await AssertRunsAsync(1, "--node-role=manager_backup");
    }

    [Fact]
    public async Task Plan_shows_arguments()
    {
        AddCounting();
        _node.Configure("args = [\"a b\", \"-x\\n\"]");
        Assert.Contains(
            "arguments: \"a b\" \"-x \"\n", (await Agent.RunAsync(_node, "bootstrap", "--dry-run")).Output, StringComparison.Ordinal);
        Assert.Contains(
            "init_script[1].args = \"a b, -x?\"", (await Agent.RunAsync(_node, "config", "show")).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"script\":")]
    [InlineData("[]")]
    [InlineData("null")]
    public async Task Truncated_marker_is_ignored(string content)
    {
        Needs.RootUser();
        AddCounting();
        await AssertRunsAsync(1);
        await File.WriteAllTextAsync(
            Assert.Single(Directory.EnumerateFiles(_node.On("/var/lib/thpc-node-agent/scripts"), "*.done")), content,
            TestContext.Current.CancellationToken);
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
