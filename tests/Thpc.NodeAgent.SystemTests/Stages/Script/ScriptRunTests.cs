using System.Diagnostics;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.SystemTests.Stages.Script;

public sealed class ScriptRunTests : IDisposable
{
    private readonly TemporaryNode _node = new();

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Script_gets_only_documented_environment()
    {
        Needs.RootUser();
        _node.AddScript("env.sh", "#!/usr/bin/perl\nprint map { \"$_=$ENV{$_}\\n\" } sort keys %ENV;\n");
        var given = new Dictionary<string, string>
        {
            ["TENCENTCLOUD_SECRET_KEY"] = "s",
            ["LD_PRELOAD"] = "",
            ["THPC_NODE_ROLE"] = "login",
            ["HOME"] = "/elsewhere",
            ["X"] = "y",
        };
        Assert.Equal(0, (await Agent.RunAsync(_node, given, "bootstrap")).ExitCode);
        Assert.Equal(
            [
                "HOME=/root", "LANG=C.UTF-8", "LOGNAME=root", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                $"PWD={_node.On("/root")}", "SHELL=/bin/bash",
                "THPC_ACCOUNT_TYPE=NIS", "THPC_CLUSTER_ID=hpc-8hje8h12", "THPC_NODE_ROLE=LOGIN", "THPC_SCHEDULER_TYPE=SLURM", "USER=root",
            ],
            _node.Log().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Script_starts_in_root_home_without_input_in_own_session()
    {
        Needs.RootUser();
        _node.AddScript("where.sh", """
            #!/bin/bash
            pwd
            readlink /proc/$$/fd/0
            [ "$(ps -o sid= -p $$ | tr -d ' ')" = $$ ] && [ "$(ps -o pgid= -p $$ | tr -d ' ')" = $$ ] && echo own session
            echo "$0"
            """ + "\n");
        Assert.Equal(0, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        Assert.Equal(
            $"{_node.On("/root")}\n/dev/null\nown session\n{_node.On("/var/lib/thpc-node-agent/scripts/init-script-1")}\n", _node.Log());
    }

    [Fact]
    public async Task Script_inherits_no_descriptors_and_no_signal_settings()
    {
        Needs.RootUser();
        _node.AddScript("inherited.sh", """
            #!/bin/sh
            ls /proc/self/fd
            grep -E 'Sig(Blk|Ign)' /proc/self/status
            yes | head -n 1
            """ + "\n");
        Assert.Equal(0, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);

        // The test runner may leave descriptors open; the agent adds none.
        var before = await ProgramRunner.RunAsync(["ls", "/proc/self/fd"], TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal(before.Output + "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\ny\n", _node.Log());
    }

    [Fact]
    public async Task Package_manager_inherits_no_ignored_signals()
    {
        var result = await ProgramRunner.RunAsync(
            ["grep", "SigIgn", "/proc/self/status"], TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal("SigIgn:\t0000000000000000\n", result.Output);
    }

    [Theory]
    [InlineData("#!/bin/sh\necho one\necho 'two: disk on fire' >&2\nexit 7\n", "exited with 7; last output: one / two: disk on fire")]
    [InlineData("#!/bin/sh\nexit 1\n", "exited with 1; it printed nothing")]
    [InlineData("#!/bin/sh\nkill -9 $$\n", "was killed by signal 9")]
    [InlineData("#!/bin/sh\nkill -TERM $$\n", "was killed by signal 15")]
    [InlineData("#!/bin/sh -e\nfalse\n", "exited with 1")]
    [InlineData("#!/bin/sh\nnosuchcommand\n", "exited with 127; last output: ")]
    [InlineData("#!/usr/bin/perl\nprint \"\\e[31m\\x00red\\x80\";\nexit 3;\n", "exited with 3; last output:  [31m red\ufffd")]
    public async Task Failed_script_fails_run_and_its_output_is_quoted(string script, string message)
    {
        Needs.RootUser();
        _node.AddScript("failing.sh", script);
        var run = await Agent.RunAsync(_node, "bootstrap");
        Assert.Equal(1, run.ExitCode);
        var error = _node.ScriptError();
        Assert.Equal("SCRIPT_FAILED", error?.Code);
        Assert.Contains(message, error?.Message, StringComparison.Ordinal);
        Assert.Contains("/var/log/thpc-node-agent/init-script-1.log", error?.Hint, StringComparison.Ordinal);
        Assert.Contains("SCRIPT_FAILED", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', run.Output + run.Errors);
        Assert.False(_node.Has("/run/thpc-node-agent/ready"));
    }

    [Fact]
    public async Task Background_processes_of_failed_script_are_killed()
    {
        Needs.RootUser();
        var tag = $"THPC_TEST={Guid.NewGuid()}";
        _node.Configure("[script]\nkill_grace = 1");
        _node.AddScript("failing.sh", Tagged.Bash(tag) + $"setsid sleep 1000 &\n(trap '' TERM; sleep 1000) &\nexit 1\n");
        Assert.Equal(1, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        Assert.Empty(Tagged.Processes(tag));
    }

    [Theory]
    [InlineData("(sleep 0.6; while :; do echo alive; sleep 0.02; done) &", "in the background")]
    [InlineData("setsid sh -c 'sleep 0.6; while :; do echo alive; sleep 0.02; done' &", "in a session of its own")]
    public async Task Background_processes_of_successful_script_keep_running(string daemon, string how)
    {
        Needs.RootUser();
        var tag = $"THPC_TEST={Guid.NewGuid()}";
        _node.AddScript("daemon.sh", Tagged.Bash(tag) + $"{daemon}\necho started {how}\n");
        try
        {
            Assert.Equal(0, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
            var run = _node.Report().Stages.Single(stage => stage.Name == "script").Steps[1];
            Assert.InRange(run.DurationMs, 0, 20_000);

            // It writes to a pipe whose first reader has ended: without another reader, SIGPIPE would kill it.
            await Task.Delay(2000, TestContext.Current.CancellationToken);
            Assert.NotEmpty(Tagged.Processes(tag));
            Assert.StartsWith($"started {how}\n", _node.Log(), StringComparison.Ordinal);
        }
        finally
        {
            Tagged.Kill(tag);
        }
    }

    [Fact]
    public async Task Zombie_orphans_of_script_are_reaped_while_it_runs()
    {
        Needs.RootUser();
        _node.AddScript("orphans.sh", """
            #!/bin/bash
            for i in $(seq 100); do (true &); done
            for i in $(seq 300); do
              left=$(ps -o stat= --ppid $PPID | grep -c Z)
              [ $left = 0 ] && break
              sleep 0.1
            done
            echo $left dead
            """ + "\n");
        Assert.Equal(0, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        Assert.Equal("0 dead\n", _node.Log());
        Assert.False(_node.Has("/run/thpc-node-agent/script")); // nothing that the next run must end
    }

    [Fact]
    public async Task Log_keeps_both_ends_of_large_output_and_counts_dropped_bytes()
    {
        Needs.RootUser();
        _node.AddScript("loud.sh", "#!/bin/bash\nseq 7000000\necho the end\n");
        Assert.Equal(0, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        var log = _node.Log();
        Assert.StartsWith("1\n2\n3\n", log, StringComparison.Ordinal);
        Assert.EndsWith("6999999\n7000000\nthe end\n", log, StringComparison.Ordinal);
        AssertDropped(
            log, Enumerable.Range(1, 7_000_000).Sum(i => (long)i.ToString(System.Globalization.CultureInfo.InvariantCulture).Length + 1)
                + "the end\n".Length);
    }

    [Fact]
    public async Task Log_drops_middle_of_one_huge_line()
    {
        Needs.RootUser();
        _node.AddScript("long.sh", "#!/bin/bash\nprintf start\nhead -c 20000000 /dev/zero | tr '\\0' x\nprintf end\n");
        Assert.Equal(0, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        var log = _node.Log();
        Assert.StartsWith("startxxx", log, StringComparison.Ordinal);
        Assert.EndsWith("xxxend", log, StringComparison.Ordinal);
        AssertDropped(log, 20_000_008);
    }

    [Fact]
    public async Task Binary_output_is_kept_unchanged()
    {
        Needs.RootUser();
        _node.AddScript("binary.sh", "#!/usr/bin/perl\nprint map { chr } 0 .. 255;\n");
        Assert.Equal(0, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        Assert.Equal(
            Enumerable.Range(0, 256).Select(i => (byte)i),
            await File.ReadAllBytesAsync(_node.On("/var/log/thpc-node-agent/init-script-1.log"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Log_is_written_while_script_runs()
    {
        Needs.RootUser();
        var fifo = _node.MakeFifo("go");
        _node.AddScript("live.sh", $"#!/bin/sh\necho first\ntouch {_node.On("/begun")}\nread line < {fifo}\necho second\n");
        using var agent = Agent.Start(_node, new Dictionary<string, string>(), "bootstrap");
        await ScriptNodes.WaitForFileAsync(_node.On("/begun"));
        await ScriptNodes.WaitForFileAsync(_node.On("/var/log/thpc-node-agent/init-script-1.log"));
        for (var i = 0; i < 6000 && _node.Log() != "first\n"; i++)
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        Assert.Equal("first\n", _node.Log());
        await File.WriteAllTextAsync(fifo, "\n", TestContext.Current.CancellationToken);
        await agent.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal("first\nsecond\n", _node.Log());
    }

    [Theory]
    [InlineData("size=1m")]
    [InlineData("nr_inodes=1")]
    [InlineData("ro")]
    public async Task Unwritable_log_neither_fails_nor_blocks_script(string option)
    {
        Needs.RootUser();
        _node.AddScript("loud.sh", $"#!/bin/bash\nhead -c 8000000 /dev/urandom\necho its last words\ntouch {_node.On("/finished")}\n");
        await MountAsync("/var/log", option);
        try
        {
            var run = await Agent.RunAsync(_node, "bootstrap");
            Assert.Equal(0, run.ExitCode);
            Assert.True(_node.Has("/finished"));
            Assert.Contains(
                _node.Report().Stages[1].Steps[1].Notes, note => note.Text.Contains("init-script-1.log", StringComparison.Ordinal));
        }
        finally
        {
            await UnmountAsync("/var/log");
        }
    }

    [Fact]
    public async Task Scripts_run_with_var_mounted_noexec()
    {
        Needs.RootUser();
        _node.AddScript("a.sh", "#!/bin/sh\necho ran\n");
        await MountAsync("/var", "noexec");
        try
        {
            Assert.Equal(0, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
            Assert.Equal("ran\n", _node.Log());
        }
        finally
        {
            await UnmountAsync("/var");
        }
    }

    [Fact]
    public async Task Script_may_delete_its_file_and_close_its_output()
    {
        Needs.RootUser();
        _node.AddScript("a.sh", $"#!/bin/bash\nrm -- \"$0\"\nexec >&- 2>&-\ntouch {_node.On("/finished")}\n");
        Assert.Equal(0, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        Assert.True(_node.Has("/finished"));
    }

    [Fact]
    public async Task Scripts_run_in_order_until_one_fails()
    {
        Needs.RootUser();
        var trace = _node.On("/trace");
        _node.AddScript("1.sh", $"#!/bin/sh\necho 1 >> {trace}\nexit 1\n", more: "on_failure = \"continue\"");
        _node.AddScript("2.sh", $"#!/bin/sh\necho 2 >> {trace}\n");
        _node.AddScript("3.sh", $"#!/bin/sh\necho 3 >> {trace}\nexit 1\n");
        _node.AddScript("4.sh", $"#!/bin/sh\necho 4 >> {trace}\n", more: "on_failure = \"continue\"");
        _node.AddScript("5.sh", $"#!/bin/sh\necho 5 >> {trace}\n");
        Assert.Equal(1, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        Assert.Equal("1\n2\n3\n", _node.Read("/trace"));
        Assert.Equal(
            [Outcome.Succeeded, Outcome.Failed, Outcome.Succeeded, Outcome.Succeeded, Outcome.Succeeded, Outcome.Failed, Outcome.NotRun,
                Outcome.NotRun, Outcome.NotRun, Outcome.NotRun],
            _node.Report().Stages[1].Steps.Select(step => step.Outcome));
        Assert.Equal(Outcome.NotRun, _node.Report().Stages[2].Outcome);
    }

    [Fact]
    public async Task Optional_script_never_fails_run()
    {
        Needs.RootUser();
        _node.AddScript("1.sh", "no shebang\n", more: "on_failure = \"continue\"");
        _node.AddScript("2.sh", "#!/bin/sh\nexit 1\n", more: "on_failure = \"continue\"");
        _node.AddScript("3.sh", "#!/bin/sh\necho third\n");
        var run = await Agent.RunAsync(_node, "bootstrap");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal("third\n", _node.Log(3));
        Assert.Contains("failed (allowed to fail)", run.Output, StringComparison.Ordinal);
        Assert.True(_node.Has("/run/thpc-node-agent/ready"));
    }

    private static void AssertDropped(string log, long total)
    {
        Assert.InRange(log.Length, 1 << 20, (2 << 20) + 100);
        var match = System.Text.RegularExpressions.Regex.Match(log, @"\n\[\.\.\. (\d+) bytes dropped \.\.\.\]\n");
        Assert.True(match.Success);
        Assert.Equal(
            total, log.Length - match.Length + long.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture));
    }

    private async Task MountAsync(string path, string option)
    {
        Directory.CreateDirectory(_node.On(path));
        using var mount = Process.Start("mount", ["-t", "tmpfs", "-o", option, "none", _node.On(path)]);
        await mount.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, mount.ExitCode);
    }

    private async Task UnmountAsync(string path)
    {
        using var unmount = Process.Start("umount", [_node.On(path)]);
        await unmount.WaitForExitAsync(CancellationToken.None);
        Assert.Equal(0, unmount.ExitCode);
    }
}
