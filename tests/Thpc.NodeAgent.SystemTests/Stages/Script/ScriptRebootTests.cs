using Thpc.NodeAgent.Host.Native;

namespace Thpc.NodeAgent.SystemTests.Stages.Script;

/// <summary>Boots that end while the script runs: agent and script are killed, and the kernel's boot id changes.</summary>
public sealed class ScriptRebootTests : IDisposable
{
    private readonly TemporaryNode _node = new();
    private readonly string _tag = $"THPC_TEST={Guid.NewGuid()}";

    public void Dispose()
    {
        Tagged.Kill(_tag);
        _node.Dispose();
    }

    [Fact]
    public async Task Third_and_later_boots_run_script_only_if_forced()
    {
        Needs.RootUser();
        AddWaiting();
        await BeginAndCutAsync("one");
        await BeginAndCutAsync("two");
        foreach (var boot in (string[])["three", "four"])
        {
            Boot(boot);
            var run = await Agent.RunAsync(_node, "bootstrap");
            Assert.Equal(1, run.ExitCode);
            Assert.Equal("SCRIPT_REBOOT_LOOP", _node.ScriptError()?.Code);
            Assert.Contains("(boot one) and ", _node.ScriptError()?.Message, StringComparison.Ordinal);
            Assert.Contains(
                $"(boot two) and did not finish; boot {boot} does not start it again", _node.ScriptError()?.Message,
                StringComparison.Ordinal);
            Assert.Equal(2, Runs);
        }

        Assert.Equal(0, await BeginAndLetEndAsync("bootstrap", "--force"));
        Assert.Equal(3, Runs);
        Assert.Empty(BegunFiles());
        Assert.Equal(0, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        Assert.Equal(3, Runs);
    }

    [Fact]
    public async Task Script_can_be_run_by_hand_after_third_boot()
    {
        Needs.RootUser();
        AddWaiting();
        await BeginAndCutAsync("one");
        await BeginAndCutAsync("two");
        Boot("three");
        Assert.Equal(0, await BeginAndLetEndAsync("script", "run"));
        Assert.Empty(BegunFiles());
    }

    [Fact]
    public async Task Boot_counts_once_for_several_killed_runs()
    {
        Needs.RootUser();
        AddWaiting();
        await BeginAndCutAsync("one");
        await BeginAndCutAsync("one");
        await BeginAndCutAsync("two");
        await BeginAndCutAsync("two");
        Assert.Equal(4, Runs);
    }

    [Fact]
    public async Task Stopped_agent_without_shutdown_is_not_counted()
    {
        Needs.RootUser();
        AddWaiting();
        foreach (var boot in (string[])["one", "two", "three", "four"])
        {
            Boot(boot);
            using var agent = await BeginAsync("bootstrap");
            Assert.Single(BegunFiles());
            _ = NativeMethods.Kill(agent.Id, NativeMethods.SigTerm);
            await agent.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(143, agent.ExitCode);
            Assert.Empty(BegunFiles());
        }

        Assert.Equal(4, Runs);
    }

    [Fact]
    public async Task Failing_script_runs_at_every_boot()
    {
        Needs.RootUser();
        _node.AddScript(
            "failing.sh", $"#!/bin/sh\necho ran >> {_node.On("/count")}\nls {_node.On("/var/lib/thpc-node-agent/scripts")}\nexit 1\n");
        foreach (var boot in (string[])["one", "two", "three", "four"])
        {
            Boot(boot);
            Assert.Equal(1, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
            Assert.Equal("SCRIPT_FAILED", _node.ScriptError()?.Code);

            // The start record existed while the script ran.
            Assert.Contains(".begun\n", _node.Log(), StringComparison.Ordinal);
            Assert.Empty(BegunFiles());
        }

        Assert.Equal(4, Runs);
    }

    [Fact]
    public async Task Corrected_script_starts_at_zero()
    {
        Needs.RootUser();
        AddWaiting();
        await BeginAndCutAsync("one");
        await BeginAndCutAsync("two");
        Boot("three");
        await File.WriteAllTextAsync(_node.On("/scripts/waiting.sh"), "#!/bin/sh\nexit 0\n", TestContext.Current.CancellationToken);
        Assert.Equal(0, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        Assert.Empty(BegunFiles());
    }

    /// <summary>A power cut between the marker and the removal of the start record leaves both.</summary>
    [Fact]
    public async Task Start_record_from_before_success_is_not_counted()
    {
        Needs.RootUser();
        AddWaiting("run = \"every-boot\"");
        Boot("one");
        using (var agent = await BeginAsync("bootstrap"))
        {
            var path = BegunFiles().Single();
            var record = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
            await LetEndAsync(agent);
            Assert.Empty(BegunFiles());
            await File.WriteAllBytesAsync(path, record, TestContext.Current.CancellationToken);
        }

        await BeginAndCutAsync("two");
        await BeginAndCutAsync("three");
        Assert.Equal(3, Runs);
    }

    [Fact]
    public async Task Prepared_image_has_no_start_record()
    {
        Needs.RootUser();
        AddWaiting();
        await BeginAndCutAsync("one");
        Assert.Single(BegunFiles());
        _node.Write("/etc/os-release", "ID=debian\n");
        Assert.Equal(0, (await Agent.RunAsync(_node, "image", "prep", "--yes", "--operations", "agent-state")).ExitCode);
        Assert.False(Directory.Exists(_node.On("/var/lib/thpc-node-agent/scripts")));
    }

    private int Runs => _node.Read("/count").Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;

    private IEnumerable<string> BegunFiles() => Directory.EnumerateFiles(_node.On("/var/lib/thpc-node-agent/scripts"), "*.begun*");

    private void Boot(string id) => _node.Write("/proc/sys/kernel/random/boot_id", id + "\n");

    private void AddWaiting(string more = "")
    {
        _node.MakeFifo("go");
        _node.AddScript(
            "waiting.sh",
            Tagged.Bash(_tag) + $"echo ran >> {_node.On("/count")}\ntouch {_node.On("/begun")}\nread line < {_node.On("/go")}\n",
            timeout: 300,
            more);
    }

    private async Task<System.Diagnostics.Process> BeginAsync(params string[] command)
    {
        File.Delete(_node.On("/begun"));
        var agent = Agent.Start(_node, new Dictionary<string, string>(), command);
        await ScriptNodes.WaitForFileAsync(_node.On("/begun"));
        return agent;
    }

    /// <summary>Ends a boot while the script runs, as a power cut or the kernel's reboot does.</summary>
    private async Task BeginAndCutAsync(string boot)
    {
        Boot(boot);
        using var agent = await BeginAsync("bootstrap");
        agent.Kill();
        await agent.WaitForExitAsync(TestContext.Current.CancellationToken);
        Tagged.Kill(_tag);
        Assert.True(Tagged.AreGone(_tag));
    }

    private async Task<int> BeginAndLetEndAsync(params string[] command)
    {
        using var agent = await BeginAsync(command);
        await LetEndAsync(agent);
        return agent.ExitCode;
    }

    private async Task LetEndAsync(System.Diagnostics.Process agent)
    {
        await File.WriteAllTextAsync(_node.On("/go"), "\n", TestContext.Current.CancellationToken);
        await agent.WaitForExitAsync(TestContext.Current.CancellationToken);
    }
}
