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

    private void AddCounting(string more = "") => _node.AddScript("counting.sh", $"#!/bin/sh\necho ran >> {_node.On("/count")}\n{more}");

    private async Task AssertRunsAsync(int count, string? option = null, int exitCode = 0)
    {
        var run = await Agent.RunAsync(_node, option is null ? ["bootstrap"] : ["bootstrap", option]);
        Assert.Equal(exitCode, run.ExitCode);
        Assert.Equal(count, _node.Read("/count").Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }
}
