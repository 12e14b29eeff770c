using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.SystemTests.Stages.Script;

public sealed class ScriptRetryTests : IDisposable
{
    private readonly TemporaryNode _node = new();

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Exit_code_75_is_retried_and_each_attempt_is_logged()
    {
        Needs.RootUser();
        AddCounting("[ $n -ge 3 ] || exit 75");
        Assert.Equal(0, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        Assert.Equal("attempt 1\nattempt 2\nattempt 3\n", _node.Log());
        Assert.Equal(
            ["attempt 1 exited with 75 (EX_TEMPFAIL); retrying in 1 s", "attempt 2 exited with 75 (EX_TEMPFAIL); retrying in 2 s"],
            Run().Notes.Select(note => note.Text));

        // The script has succeeded: it counts as done.
        Assert.Equal(0, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        Assert.Equal(Outcome.Skipped, _node.Report().Stages[1].Outcome);
    }

    [Fact]
    public async Task No_time_for_another_attempt_is_a_timeout()
    {
        Needs.RootUser();
        AddCounting("exit 75", timeout: 10);
        Assert.Equal(124, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        Assert.Equal("SCRIPT_TIMEOUT", _node.ScriptError()?.Code);

        // Pauses of 1, 2 and 4 s, but not of 8 s.
        Assert.Contains(
            "counting.sh exited with 75 (EX_TEMPFAIL) in each of its 4 attempts, and its limit of 10 s, including the download, leaves "
                + "no time for another; last output: attempt 1 / attempt 2 / attempt 3 / attempt 4",
            _node.ScriptError()?.Message, StringComparison.Ordinal);
        Assert.Contains("init-script-1.log", _node.ScriptError()?.Hint, StringComparison.Ordinal);
        Assert.Equal("attempt 1\nattempt 2\nattempt 3\nattempt 4\n", _node.Log());
    }

    [Fact]
    public async Task Attempt_killed_at_limit_is_reported_with_number()
    {
        Needs.RootUser();
        AddCounting("[ $n -ge 2 ] || exit 75; exec sleep 1000", timeout: 10);
        Assert.Equal(124, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        Assert.Contains("it was attempt 2, after attempts that exited with 75", _node.ScriptError()?.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(74)]
    [InlineData(76)]
    public async Task Other_exit_codes_are_not_retried(int status)
    {
        Needs.RootUser();
        AddCounting($"exit {status}");
        Assert.Equal(1, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        Assert.Equal("SCRIPT_FAILED", _node.ScriptError()?.Code);
        Assert.Equal("attempt 1\n", _node.Log());
    }

    private StepReport Run() => _node.Report().Stages[1].Steps.Single(step => step.Summary.StartsWith("run ", StringComparison.Ordinal));

    private void AddCounting(string end, int timeout = 60) =>
        _node.AddScript(
            "counting.sh", $"#!/bin/sh\necho x >> {_node.On("/count")}\nn=$(wc -l < {_node.On("/count")})\necho attempt $n\n{end}\n",
            timeout);
}
