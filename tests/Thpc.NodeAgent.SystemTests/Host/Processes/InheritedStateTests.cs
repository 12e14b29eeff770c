using System.Diagnostics;
using Thpc.NodeAgent.Host.Native;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.SystemTests.Host.Processes;

/// <summary>Starts agents with the inherited state of a careless parent.</summary>
public sealed class InheritedStateTests : IDisposable
{
    private const string HangUpIntQuit = "signal.SIGHUP, signal.SIGINT, signal.SIGQUIT";

    // bash ignores QUIT itself and opens its own descriptor; its children have the state that it inherited.
    private const string Script = """
        #!/bin/bash
        grep -E '^Sig(Blk|Ign)' /proc/self/status
        echo "descriptors:" $(ls /proc/self/fd)
        echo "umask: $(umask)"
        bash -c 'kill -INT $$'; echo "INT: $?"
        true & wait $!; echo "child: $?"

        """;

    // 3 is the directory that ls reads.
    private const string Expected = """
        SigBlk:	0000000000000000
        SigIgn:	0000000000000000
        descriptors: 0 1 2 3
        umask: 0022
        INT: 130
        child: 0

        """;

    // Changes the inherited state, then executes the command in its arguments.
    private const string Start = """
        import os, signal, sys
        def ignore(*signals):
            for number in signals: signal.signal(number, signal.SIG_IGN)
        def open_at(*numbers):
            for number in numbers: os.dup2(os.pipe()[1], number)
        for number in (1, 2): os.dup2(os.open(os.devnull, os.O_WRONLY), number)
        # CPython's own
        for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT): signal.signal(number, signal.SIG_DFL)
        @
        os.execv(sys.argv[1], sys.argv[1:])
        """;

    // Runs the command in the foreground of its own terminal. When the first file exists, it types Ctrl-C, then writes the other file.
    private const string Terminal = """
        import os, pty, sys, time
        begun, go, *command = sys.argv[1:]
        child, terminal = pty.fork()
        if child == 0:
            os.execv(command[0], command)
        while not os.path.exists(begun): time.sleep(0.01)
        os.write(terminal, b"\x03")
        # Typed and echoed: it has reached the foreground's processes.
        text = b""
        while b"^C" not in text: text += os.read(terminal, 1)
        if go:
            with open(go, "w") as file: file.write("\n")
        try:
            while os.read(terminal, 4096): pass
        except OSError: pass
        status = os.waitpid(child, 0)[1]
        print(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
        """;

    private readonly TemporaryNode _node = new();
    private readonly string _tag = $"THPC_TEST={Guid.NewGuid()}";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        Tagged.Kill(_tag);
        _node.Dispose();
    }

    [Theory]
    [InlineData("pass")]
    [InlineData("ignore(signal.SIGCHLD)")]
    [InlineData("ignore(signal.SIGTERM)")]
    [InlineData($"ignore({HangUpIntQuit})")]
    [InlineData("ignore(*(set(range(1, 32)) - {signal.SIGKILL, signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU}))")]
    [InlineData("signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))")]
    [InlineData("open_at(3, 9, 63, 200)")]
    [InlineData("os.umask(0o777)")]
    [InlineData("os.umask(0)")]
    [InlineData("os.close(0)")]
    [InlineData("os.close(1)")]
    [InlineData("os.close(2)")]
    [InlineData("os.closerange(0, 3)")]
    [InlineData("os.closerange(0, 3); open_at(7); ignore(*range(1, 9)); os.umask(0o77); signal.pthread_sigmask(signal.SIG_BLOCK, [15])")]
    public async Task Script_state_does_not_depend_on_the_parent(string preparation)
    {
        Needs.RootUser();
        Needs.Program("python3");
        _node.AddScript("a.sh", Script);
        using var agent = StartAgent(preparation, "bootstrap");
        await agent.WaitForExitAsync(Cancel);
        Assert.Equal((preparation, 0), (preparation, agent.ExitCode));
        Assert.Equal(RunOutcome.Succeeded, _node.Report().Outcome);
        Assert.Equal(Expected, _node.Log());
    }

    [Theory]
    [InlineData("ignore(signal.SIGTERM)")]
    [InlineData("signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))")]
    public async Task TERM_ends_a_run_even_if_the_parent_ignored_or_blocked_it(string preparation)
    {
        using var agent = await StartWaitingAsync(preparation);
        _ = NativeMethods.Kill(agent.Id, NativeMethods.SigTerm);
        await agent.WaitForExitAsync(Cancel);
        Assert.Equal(143, agent.ExitCode);
        Assert.Equal(RunOutcome.Interrupted, _node.Report().Outcome);
    }

    [Theory]
    [InlineData(NativeMethods.SigHup)]
    [InlineData(NativeMethods.SigInt)]
    [InlineData(NativeMethods.SigQuit)]
    public async Task Ignored_HUP_INT_and_QUIT_do_not_end_a_run(int signal)
    {
        using var agent = await StartWaitingAsync($"ignore({HangUpIntQuit})");
        _ = NativeMethods.Kill(agent.Id, signal);
        await File.WriteAllTextAsync(_node.On("/go"), "\n", Cancel);
        await agent.WaitForExitAsync(Cancel);
        Assert.Equal(0, agent.ExitCode);
    }

    [Fact]
    public async Task Ctrl_C_ends_the_terminals_foreground_job()
    {
        PrepareWaiting();
        var end = await AtTerminalAsync("", [Agent.Executable, "bootstrap", "--root", _node.Directory]);
        Assert.Equal("130", end);
        Assert.Equal(RunOutcome.Interrupted, _node.Report().Outcome);
    }

    [Theory]
    [InlineData("\"$@\" & wait $!")]
    [InlineData("trap '' HUP INT QUIT; exec \"$@\"")]
    public async Task Ctrl_C_does_not_end_a_background_job(string shell)
    {
        PrepareWaiting();
        await AtTerminalAsync(_node.On("/go"), ["/bin/sh", "-c", shell, "sh", Agent.Executable, "bootstrap", "--root", _node.Directory]);
        await WaitForEndAsync();
        Assert.Equal(RunOutcome.Succeeded, _node.Report().Outcome);
    }

    [Fact]
    public async Task Background_process_does_not_hold_a_lock_of_the_parent()
    {
        Needs.RootUser();
        _node.AddScript("a.sh", Tagged.Bash(_tag) + "setsid sleep 1000 </dev/null >/dev/null 2>&1 &\n");
        var locked = _node.On("/locked");
        const string Shell = """
            exec 9>"$1"; flock 9; "$2" bootstrap --root "$3"
            ! flock -n "$1" true && exec 9>&- && flock -n "$1" true
            """;
        var run = await ProgramRunner.RunAsync(
            ["sh", "-c", Shell, "sh", locked, Agent.Executable, _node.Directory], TimeSpan.FromMinutes(1), Cancel);
        Assert.True(run.Succeeded, run.Output);
        Assert.NotEmpty(Tagged.Processes(_tag));
    }

    [Fact]
    public async Task File_given_by_descriptor_is_read()
    {
        const string Shell = "exec \"$1\" config check --config <(cat \"$2\")";
        var config = _node.On("/etc/thpc/node-agent.toml");
        var run = await ProgramRunner.RunAsync(["bash", "-c", Shell, "bash", Agent.Executable, config], TimeSpan.FromMinutes(1), Cancel);
        Assert.True(run.Succeeded, run.Output);
    }

    [Fact]
    public async Task Tests_start_programs_with_only_PIPE_ignored()
    {
        var start = new ProcessStartInfo("grep", ["-E", "^Sig(Blk|Ign)", "/proc/self/status"]) { RedirectStandardOutput = true };
        using var child = Process.Start(start)!;
        var masks = (await child.StandardOutput.ReadToEndAsync(Cancel)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var mask = masks.Aggregate(0UL, (all, line) => all | Convert.ToUInt64(line.Split('\t')[1], 16));
        int[] others =
            [NativeMethods.SigPipe, NativeMethods.SigTerminalStop, NativeMethods.SigTerminalInput, NativeMethods.SigTerminalOutput];
        Assert.Equal(0UL, others.Aggregate(mask, (left, signal) => left & ~(1UL << (signal - 1))));
    }

    private async Task<string> AtTerminalAsync(string go, IReadOnlyList<string> command)
    {
        var run =
            await ProgramRunner.RunAsync(["python3", "-c", Terminal, _node.On("/begun"), go, .. command], TimeSpan.FromMinutes(1), Cancel);
        Assert.True(run.Succeeded, run.Output);
        return run.Output.Trim();
    }

    private async Task WaitForEndAsync()
    {
        // The shell that started it is dead, so wait for the run's lock.
        var run = await ProgramRunner.RunAsync(["flock", _node.On("/run/thpc-node-agent/lock"), "true"], TimeSpan.FromMinutes(1), Cancel);
        Assert.True(run.Succeeded, run.Output);
    }

    private void PrepareWaiting()
    {
        Needs.RootUser();
        Needs.Program("python3");
        _node.MakeFifo("go");
        _node.AddScript("waiting.sh", Tagged.Bash(_tag) + $"touch {_node.On("/begun")}\nread line < {_node.On("/go")}\n", timeout: 60);
    }

    private async Task<Process> StartWaitingAsync(string preparation)
    {
        PrepareWaiting();
        var agent = StartAgent(preparation, "bootstrap");
        await ScriptNodes.WaitForFileAsync(_node.On("/begun"));
        return agent;
    }

    private Process StartAgent(string preparation, params string[] arguments)
    {
        var program = Start.Replace("@", preparation, StringComparison.Ordinal);
        return Process.Start(new ProcessStartInfo("python3", ["-c", program, Agent.Executable, .. arguments, "--root", _node.Directory]))!;
    }
}
