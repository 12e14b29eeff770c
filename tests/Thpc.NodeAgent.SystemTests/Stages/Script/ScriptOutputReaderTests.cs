using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.SystemTests.Stages.Script;

/// <summary>Scripts whose output passes through another process, as with `exec > >(tee -a LOG) 2>&amp;1`.</summary>
public sealed class ScriptOutputReaderTests
{
    private const string Reason = "[ERROR] no driver for this kernel";

    [Fact]
    public async Task Failure_reason_is_captured_on_busy_machine()
    {
        Needs.RootUser();
        using var nodes = new Nodes();

        // Runs in parallel, so that readers have to wait for the CPU.
        var errors = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => RunAsync(nodes.Add(), "exec > >(tee -a \"$S/site.log\") "
            + "2>&1\necho step one\necho \"$REASON\"\nexit 1")));
        Assert.All(
            errors, run =>
                Assert.EndsWith($"exited with 1; last output: step one / {Reason}", run.Error?.Message, StringComparison.Ordinal));
        Assert.All(errors, run => Assert.Equal((run.Log, run.SiteLog), ($"step one\n{Reason}\n", $"step one\n{Reason}\n")));
    }

    [Theory]
    [InlineData("exit 1", "exited with 1; last output: " + Reason)]
    [InlineData("kill -9 $$", "was killed by signal 9 (or exited with 137); last output: " + Reason)]
    public async Task Late_reader_is_awaited(string end, string message)
    {
        Needs.RootUser();
        using var nodes = new Nodes();
        var run = await RunAsync(nodes.Add(), $"exec > >(sleep 0.3; tee -a \"$S/site.log\") 2>&1\necho \"$REASON\"\n{end}");
        Assert.EndsWith(message, run.Error?.Message, StringComparison.Ordinal);
        Assert.Equal((run.Log, run.SiteLog), ($"{Reason}\n", $"{Reason}\n"));
    }

    [Fact]
    public async Task Late_reader_of_successful_script_is_awaited()
    {
        Needs.RootUser();
        using var nodes = new Nodes();
        var run = await RunAsync(nodes.Add(), "exec > >(sleep 0.7; cat) 2>&1\necho \"$REASON\"");
        Assert.Null(run.Error);
        Assert.Equal($"{Reason}\n", run.Log);
    }

    [Fact]
    public async Task Failed_script_does_not_wait_for_leftover_process()
    {
        Needs.RootUser();
        using var nodes = new Nodes();
        var tag = $"THPC_TEST={Guid.NewGuid()}";
        var run = await RunAsync(nodes.Add(), $"env {tag} sleep 1000 &\necho \"$REASON\"\nexit 1");
        Assert.EndsWith($"exited with 1; last output: {Reason}", run.Error?.Message, StringComparison.Ordinal);
        Assert.Empty(Tagged.Processes(tag));
    }

    [Fact]
    public async Task Trap_output_is_captured_at_limit()
    {
        Needs.RootUser();
        using var nodes = new Nodes();
        var tag = $"THPC_TEST={Guid.NewGuid()}";
        var run = await RunAsync(
            nodes.Add(),
            $$"""
            export {{tag}}
            exec > >(tee -a "$S/site.log" | cat) 2>&1
            trap 'echo "$REASON"; exit 3' TERM
            echo step one
            while :; do sleep 1000 & wait; done
            """,
            timeout: 10);
        Assert.Equal("SCRIPT_TIMEOUT", run.Error?.Code);
        Assert.EndsWith($"last output: step one / {Reason}", run.Error?.Message, StringComparison.Ordinal);
        Assert.Equal((run.Log, run.SiteLog), ($"step one\n{Reason}\n", $"step one\n{Reason}\n"));
        Assert.Matches(@"^sleeping \(pid \d+: sleep 1000\)$", Assert.Single(run.Error!.Diagnostics!.Findings));
        Assert.Contains(run.Error.Diagnostics.Processes, process => process.Command.StartsWith("tee ", StringComparison.Ordinal));
        Assert.Empty(Tagged.Processes(tag));
    }

    [Fact]
    public async Task Endless_reader_is_killed()
    {
        Needs.RootUser();
        using var nodes = new Nodes();
        var tag = $"THPC_TEST={Guid.NewGuid()}";
        var run = await RunAsync(
            nodes.Add(), $"export {tag}\nexec > >(trap '' TERM; cat; while :; do sleep 1000; done) 2>&1\necho \"$REASON\"\nexit 1");
        Assert.EndsWith($"exited with 1; last output: {Reason}", run.Error?.Message, StringComparison.Ordinal);
        Assert.Empty(Tagged.Processes(tag));
    }

    private static async Task<(ErrorReport? Error, string Log, string SiteLog)> RunAsync(
        TemporaryNode node, string script, int timeout = 120)
    {
        node.Configure("[script]\nkill_grace = 1");
        node.AddScript("a.sh", $"#!/bin/bash\nS={node.Directory}\nREASON='{Reason}'\n{script}\n", timeout);
        await Agent.RunAsync(node, "bootstrap");
        return (node.ScriptError(), node.Log(), node.Has("/site.log") ? node.Read("/site.log") : "");
    }

    private sealed class Nodes : IDisposable
    {
        private readonly List<TemporaryNode> _all = [];

        public TemporaryNode Add()
        {
            _all.Add(new TemporaryNode());
            return _all[^1];
        }

        public void Dispose() => _all.ForEach(node => node.Dispose());
    }
}
