using System.Diagnostics;
using Thpc.NodeAgent.Host.Native;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.SystemTests.Stages.Script;

public sealed class ScriptInterruptTests : IDisposable
{
    private const int SigInt = 2;
    private readonly TemporaryNode _node = new();
    private readonly string _tag = $"THPC_TEST={Guid.NewGuid()}";

    public void Dispose()
    {
        Tagged.Kill(_tag);
        _node.Dispose();
    }

    [Theory]
    [InlineData(NativeMethods.SigTerm, 143)]
    [InlineData(SigInt, 130)]
    public async Task Signal_ends_run_and_processes_of_script(int signal, int exitCode)
    {
        Needs.RootUser();
        using var agent = await StartAsync();
        _ = NativeMethods.Kill(agent.Id, signal);
        await agent.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(exitCode, agent.ExitCode);
        Assert.Empty(Tagged.Processes(_tag));
        Assert.Equal(RunOutcome.Interrupted, _node.Report().Outcome);

        // Its processes end at TERM, so the agent does not wait for the whole grace period; zombies do not count.
        Assert.InRange(_node.Report().DurationMs, 0, 50_000);
        Assert.Equal("INTERRUPTED", _node.ScriptError()?.Code);
        Assert.False(_node.Has("/run/thpc-node-agent/ready"));
        var status = await Agent.RunAsync(_node, "status");
        Assert.Equal(1, status.ExitCode);
        Assert.StartsWith("bootstrap interrupted: INTERRUPTED: ", status.Output, StringComparison.Ordinal);
    }

    /// <summary>At its limit a script's processes are inspected before they are ended; here that takes 2.5 s.</summary>
    [Fact]
    public async Task Signal_during_inspection_at_limit_ends_processes_of_script()
    {
        Needs.RootUser();
        Needs.Program("strace");
        _node.AddScript("late.sh", Tagged.Bash(_tag) + "sleep 11 2>&1 >/dev/null; kill -TERM $PPID; sleep 1000\n", timeout: 10);
        var run = await ProgramRunner.RunAsync(
            ["strace", "-f", "-qq", "-o", "/dev/null", "-P", "/proc/net/tcp", "-e", "inject=openat,open:delay_enter=2500000",
                Agent.Executable, "bootstrap", "--root", _node.Directory],
            TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        Assert.Equal((143, "INTERRUPTED"), (run.ExitCode, _node.ScriptError()?.Code));
        Assert.Empty(Tagged.Processes(_tag));
    }

    [Fact]
    public async Task Hangup_does_not_end_run()
    {
        Needs.RootUser();
        using var agent = await StartAsync();
        _ = NativeMethods.Kill(agent.Id, NativeMethods.SigHup);
        await File.WriteAllTextAsync(_node.On("/go"), "\n", TestContext.Current.CancellationToken);
        await agent.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, agent.ExitCode);
    }

    [Fact]
    public async Task Killed_run_is_reported_and_next_run_repeats_script()
    {
        Needs.RootUser();
        string killed;
        using (var agent = await StartAsync())
        {
            agent.Kill();
            await agent.WaitForExitAsync(TestContext.Current.CancellationToken);
            killed = _node.Report().RunId;
        }

        Tagged.Kill(_tag);
        Assert.Equal(RunOutcome.Running, _node.Report().Outcome);
        var status = await Agent.RunAsync(_node, "status");
        Assert.Equal(1, status.ExitCode);
        Assert.StartsWith("bootstrap interrupted: INTERRUPTED: ", status.Output, StringComparison.Ordinal);
        Assert.Contains("killed in stage script", status.Output, StringComparison.Ordinal);

        File.Delete(_node.On("/begun"));
        using var next = Agent.Start(_node, new Dictionary<string, string>(), "bootstrap");
        await ScriptNodes.WaitForFileAsync(_node.On("/begun"));
        await File.WriteAllTextAsync(_node.On("/go"), "\n", TestContext.Current.CancellationToken);
        await next.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, next.ExitCode);
        Assert.Contains(
            _node.Report().Warnings,
            warning =>
                warning.Contains($"the run {killed} of", StringComparison.Ordinal)
                    && warning.Contains("killed in stage script", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Killed_forced_run_does_not_leave_script_marked_as_done()
    {
        Needs.RootUser();
        using (var first = await StartAsync())
        {
            await File.WriteAllTextAsync(_node.On("/go"), "\n", TestContext.Current.CancellationToken);
            await first.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, first.ExitCode);
        }

        File.Delete(_node.On("/begun"));
        using (var forced = Agent.Start(_node, new Dictionary<string, string>(), "bootstrap", "--force"))
        {
            await ScriptNodes.WaitForFileAsync(_node.On("/begun"));
            forced.Kill();
            await forced.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        var plan = await Agent.RunAsync(_node, "bootstrap", "--dry-run");
        Assert.Contains("would run init script 1", plan.Output, StringComparison.Ordinal);
    }

    /// <summary>Starts a bootstrap and waits until its script waits for /go.</summary>
    private async Task<Process> StartAsync()
    {
        _node.Configure("[script]\nkill_grace = 60");
        _node.MakeFifo("go");
        _node.AddScript(
            "waiting.sh",
            Tagged.Bash(_tag) + $"setsid sleep 1000 &\nother=$!\ntouch {_node.On("/begun")}\nread line < {_node.On("/go")}\nkill $other\n",
            timeout: 300);
        var agent = Agent.Start(_node, new Dictionary<string, string>(), "bootstrap");
        await ScriptNodes.WaitForFileAsync(_node.On("/begun"));
        return agent;
    }
}
