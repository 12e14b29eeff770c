using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Tests.Support;

namespace Thpc.NodeAgent.Tests.Stages.Script;

/// <summary>Scripts whose output passes through another process, as with `exec > >(tee -a LOG) 2>&amp;1`.</summary>
public sealed class LastWordsTests
{
    private const string Reason = "[ERROR] no driver for this kernel";

    [Fact]
    public async Task The_reason_of_a_failure_arrives_on_a_busy_machine()
    {
        Needs.RootUser();
        using var nodes = new Nodes();

        // Each beside the others, so that a reader has to wait for its turn.
        var errors = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => RunAsync(nodes.Add(), "exec > >(tee -a \"$S/site.log\") 2>&1\necho step one\necho \"$REASON\"\nexit 1")));
        Assert.All(errors, run => Assert.EndsWith($"exited with 1; its last words: step one / {Reason}", run.Error?.Message, StringComparison.Ordinal));
        Assert.All(errors, run => Assert.Equal((run.Log, run.SiteLog), ($"step one\n{Reason}\n", $"step one\n{Reason}\n")));
    }

    [Theory]
    [InlineData("exit 1", "exited with 1; its last words: " + Reason)]
    [InlineData("kill -9 $$", "was ended by signal 9 (or exited with 137); its last words: " + Reason)]
    public async Task A_reader_that_is_late_is_waited_for(string end, string message)
    {
        Needs.RootUser();
        using var nodes = new Nodes();
        var run = await RunAsync(nodes.Add(), $"exec > >(sleep 0.3; tee -a \"$S/site.log\") 2>&1\necho \"$REASON\"\n{end}");
        Assert.EndsWith(message, run.Error?.Message, StringComparison.Ordinal);
        Assert.Equal((run.Log, run.SiteLog), ($"{Reason}\n", $"{Reason}\n"));
    }

    [Fact]
    public async Task One_of_a_script_that_succeeds_is_waited_for_too()
    {
        Needs.RootUser();
        using var nodes = new Nodes();
        var run = await RunAsync(nodes.Add(), "exec > >(sleep 0.7; cat) 2>&1\necho \"$REASON\"");
        Assert.Null(run.Error);
        Assert.Equal($"{Reason}\n", run.Log);
    }

    [Fact]
    public async Task A_failed_script_that_leaves_a_process_with_its_output_does_not_keep_it()
    {
        Needs.RootUser();
        using var nodes = new Nodes();
        var tag = $"THPC_TEST={Guid.NewGuid()}";
        var run = await RunAsync(nodes.Add(), $"env {tag} sleep 1000 &\necho \"$REASON\"\nexit 1");
        Assert.EndsWith($"exited with 1; its last words: {Reason}", run.Error?.Message, StringComparison.Ordinal);
        Assert.Empty(Tagged.Processes(tag));
    }

    [Fact]
    public async Task At_the_limit_a_trap_still_speaks_and_its_reader_is_not_blamed()
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
        Assert.EndsWith($"its last words: step one / {Reason}", run.Error?.Message, StringComparison.Ordinal);
        Assert.Equal((run.Log, run.SiteLog), ($"step one\n{Reason}\n", $"step one\n{Reason}\n"));
        Assert.Matches(@"^sleeping \(pid \d+: sleep 1000\)$", Assert.Single(run.Error!.Autopsy!.Findings));
        Assert.Contains(run.Error.Autopsy.Processes, process => process.Command.StartsWith("tee ", StringComparison.Ordinal));
        Assert.Empty(Tagged.Processes(tag));
    }

    [Fact]
    public async Task A_reader_that_does_not_end_by_itself_is_ended()
    {
        Needs.RootUser();
        using var nodes = new Nodes();
        var tag = $"THPC_TEST={Guid.NewGuid()}";
        var run = await RunAsync(nodes.Add(), $"export {tag}\nexec > >(trap '' TERM; cat; while :; do sleep 1000; done) 2>&1\necho \"$REASON\"\nexit 1");
        Assert.EndsWith($"exited with 1; its last words: {Reason}", run.Error?.Message, StringComparison.Ordinal);
        Assert.Empty(Tagged.Processes(tag));
    }

    private static async Task<(ErrorReport? Error, string Log, string SiteLog)> RunAsync(TemporaryNode node, string script, int timeout = 120)
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
