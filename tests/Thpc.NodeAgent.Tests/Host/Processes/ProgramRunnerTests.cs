using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Tests.Host.Processes;

public sealed class ProgramRunnerTests
{
    [Fact]
    public async Task Arguments_are_passed_unchanged()
    {
        var result = await RunAsync(["printf", "%s|", "a b", "$HOME", "`id`", "'", "\"", "-n", "", "\n*"]);
        Assert.Equal("a b|$HOME|`id`|'|\"|-n||\n*|", result.Output);
        Assert.True(result.Succeeded);
    }

    [Fact]
    public async Task Output_and_errors_keep_their_order()
    {
        var result = await RunAsync(["sh", "-c", "echo 1; echo 2 >&2; echo 3; echo 4 >&2; exit 5"]);
        Assert.Equal(("1\n2\n3\n4\n", 5, false, false), (result.Output, result.ExitCode, result.Succeeded, result.TimedOut));
        Assert.Equal("1 / 2 / 3 / 4", result.LastOutput);
    }

    [Fact]
    public async Task Child_gets_English_and_no_variable_of_the_agent()
    {
        Environment.SetEnvironmentVariable("THPC_TEST_SECRET", "s");
        var result = await RunAsync(["env"]);
        Assert.Contains("LC_ALL=C\n", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("THPC_TEST_SECRET", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Limit_kills_the_process_group()
    {
        var tag = $"THPC_TEST={Guid.NewGuid()}";
        var result = await ProgramRunner.RunAsync(
            ["env", tag, "sh", "-c", "sleep 1000 & sleep 1000"], TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        Assert.True(result.TimedOut);
        Assert.False(result.Succeeded);
        Assert.True(Tagged.AreGone(tag));
    }

    [Fact]
    public async Task With_grace_it_handles_TERM_and_its_output_is_kept()
    {
        const string Script = "trap 'echo asked to end; exit 3' TERM; echo waiting; sleep 1000 & wait";
        using var log = new MemoryStream();
        var result = await ProgramRunner.RunAsync(
            ["sh", "-c", Script], TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken, grace: TimeSpan.FromMinutes(1),
            log: log.Write);
        Assert.True(result.TimedOut);
        Assert.Equal("waiting\nasked to end\n", result.Output);
        Assert.Equal(result.Output, System.Text.Encoding.UTF8.GetString(log.ToArray()));
    }

    [Fact]
    public async Task Group_that_ignores_TERM_is_killed_after_the_grace()
    {
        var tag = $"THPC_TEST={Guid.NewGuid()}";
        var result = await ProgramRunner.RunAsync(
            ["env", tag, "sh", "-c", "trap '' TERM; sleep 1000 & sleep 1000"], TimeSpan.FromSeconds(1),
            TestContext.Current.CancellationToken, grace: TimeSpan.FromSeconds(1));
        Assert.True(result.TimedOut);
        Assert.True(Tagged.AreGone(tag));
    }

    [Fact]
    public async Task Children_of_a_program_that_handles_TERM_are_killed_too()
    {
        var tag = $"THPC_TEST={Guid.NewGuid()}";
        var result = await ProgramRunner.RunAsync(
            ["env", tag, "sh", "-c", "(trap '' TERM; exec sleep 1000) & trap 'exit 3' TERM; wait"], TimeSpan.FromSeconds(1),
            TestContext.Current.CancellationToken, grace: TimeSpan.FromMinutes(1));
        var areGone = Tagged.AreGone(tag);
        Tagged.Kill(tag);
        Assert.True(result.TimedOut);
        Assert.True(areGone);
    }

    [Fact]
    public async Task Pid_file_is_deleted_after_cancellation()
    {
        var note = Path.Combine(Path.GetTempPath(), $"thpc-note-{Guid.NewGuid()}");
        using var cancel = new CancellationTokenSource();
        var run = ProgramRunner.RunAsync(["sleep", "1000"], TimeSpan.FromMinutes(5), cancel.Token, pidFile: note);
        await ScriptNodes.WaitForFileAsync(note);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.False(File.Exists(note));
    }

    [Fact]
    public async Task Cancellation_kills_the_process_group()
    {
        var tag = $"THPC_TEST={Guid.NewGuid()}";
        using var cancel = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => ProgramRunner.RunAsync(["env", tag, "sh", "-c", "sleep 1000 & sleep 1000"], TimeSpan.FromMinutes(5), cancel.Token));
        Assert.True(Tagged.AreGone(tag));
    }

    [Fact]
    public async Task Process_that_keeps_the_pipe_open_delays_nothing()
    {
        var tag = $"THPC_TEST={Guid.NewGuid()}";
        var result = await ProgramRunner.RunAsync(
            ["env", tag, "sh", "-c", "echo done; setsid sleep 1000 &"], TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        Tagged.Kill(tag);
        Assert.True(result.Succeeded);
        Assert.Equal("done\n", result.Output);
    }

    [Fact]
    public async Task Long_output_keeps_head_and_tail()
    {
        var result = await RunAsync(["sh", "-c", "echo first; head -c 10000000 /dev/zero; echo last"]);
        Assert.StartsWith("first\n", result.Output, StringComparison.Ordinal);
        Assert.EndsWith("last\n", result.Output, StringComparison.Ordinal);
        Assert.Contains("bytes dropped", result.Output, StringComparison.Ordinal);
        Assert.InRange(result.Output.Length, 60_000, 70_000);
    }

    [Fact]
    public async Task Missing_program_is_a_failure_with_a_message()
    {
        var result = await RunAsync(["no-such-program-at-all"]);
        Assert.False(result.Succeeded);
        Assert.Contains("no-such-program-at-all", result.LastOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exit_code_shows_the_signal() => Assert.Equal(137, (await RunAsync(["sh", "-c", "kill -9 $$"])).ExitCode);

    private static Task<ProgramResult> RunAsync(IReadOnlyList<string> command) =>
        ProgramRunner.RunAsync(command, TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
}
