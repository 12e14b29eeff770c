using System.Diagnostics;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Tests.Support;

namespace Thpc.NodeAgent.Tests.Stages.Script;

public sealed class ScriptRunTests : IDisposable
{
    private readonly TemporaryNode _node = new();

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task A_script_gets_the_documented_environment_and_nothing_else()
    {
        Needs.RootUser();
        _node.AddScript("env.sh", "#!/usr/bin/perl\nprint map { \"$_=$ENV{$_}\\n\" } sort keys %ENV;\n");
        var given = new Dictionary<string, string> { ["TENCENTCLOUD_SECRET_KEY"] = "s", ["LD_PRELOAD"] = "", ["THPC_NODE_ROLE"] = "login", ["HOME"] = "/elsewhere", ["X"] = "y" };
        Assert.Equal(0, (await Agent.RunAsync(_node, given, "bootstrap")).ExitCode);
        Assert.Equal(
            [
                "HOME=/root", "LANG=C.UTF-8", "LOGNAME=root", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", $"PWD={_node.On("/root")}", "SHELL=/bin/bash",
                "THPC_ACCOUNT_TYPE=NIS", "THPC_CLUSTER_ID=hpc-8hje8h12", "THPC_NODE_ROLE=LOGIN", "THPC_SCHEDULER_TYPE=SLURM", "USER=root",
            ],
            _node.Log().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task A_script_starts_in_root_with_no_input_and_a_session_of_its_own()
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
        Assert.Equal($"{_node.On("/root")}\n/dev/null\nown session\n{_node.On("/var/lib/thpc-node-agent/scripts/init-script-1")}\n", _node.Log());
    }

    [Fact]
    public async Task A_script_inherits_no_descriptor_and_no_ignored_or_blocked_signal()
    {
        Needs.RootUser();
        _node.AddScript("inherited.sh", """
            #!/bin/sh
            ls /proc/self/fd
            grep -E 'Sig(Blk|Ign)' /proc/self/status
            yes | head -n 1
            """ + "\n");
        Assert.Equal(0, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);

        // Whoever started the tests may have left some open; the agent adds none.
        var before = await ProgramRunner.RunAsync(["ls", "/proc/self/fd"], TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal(before.Output + "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\ny\n", _node.Log());
    }

    [Fact]
    public async Task A_package_manager_started_by_the_agent_finds_no_ignored_signal_either()
    {
        var result = await ProgramRunner.RunAsync(["grep", "SigIgn", "/proc/self/status"], TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal("SigIgn:\t0000000000000000\n", result.Output);
    }

    [Theory]
    [InlineData("#!/bin/sh\necho one\necho 'two: disk on fire' >&2\nexit 7\n", "exited with 7; its last words: one / two: disk on fire")]
    [InlineData("#!/bin/sh\nexit 1\n", "exited with 1; it printed nothing")]
    [InlineData("#!/bin/sh\nkill -9 $$\n", "was ended by signal 9")]
    [InlineData("#!/bin/sh\nkill -TERM $$\n", "was ended by signal 15")]
    [InlineData("#!/bin/sh -e\nfalse\n", "exited with 1")]
    [InlineData("#!/bin/sh\nnosuchcommand\n", "exited with 127; its last words: ")]
    [InlineData("#!/usr/bin/perl\nprint \"\\e[31m\\x00red\\x80\";\nexit 3;\n", "exited with 3; its last words:  [31m red\ufffd")]
    public async Task A_script_that_fails_fails_the_run_and_is_quoted(string script, string message)
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
    public async Task What_a_failed_script_left_in_the_background_is_ended()
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
    public async Task What_a_successful_script_left_running_holds_nobody_up_and_lives_on_and_can_print(string daemon, string how)
    {
        Needs.RootUser();
        var tag = $"THPC_TEST={Guid.NewGuid()}";
        _node.AddScript("daemon.sh", Tagged.Bash(tag) + $"{daemon}\necho started {how}\n");
        try
        {
            Assert.Equal(0, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
            var run = _node.Report().Stages.Single(stage => stage.Name == "script").Steps[1];
            Assert.InRange(run.DurationMs, 0, 20_000);

            // It writes to a pipe whose first reader is gone: with no other, the first line would be its end.
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
    public async Task The_dead_orphans_of_a_script_are_taken_leave_of_while_it_runs()
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
    }

    [Fact]
    public async Task Fifty_megabytes_of_output_are_kept_at_both_ends_and_the_dropped_bytes_counted()
    {
        Needs.RootUser();
        _node.AddScript("loud.sh", "#!/bin/bash\nseq 7000000\necho the end\n");
        Assert.Equal(0, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        var log = _node.Log();
        Assert.StartsWith("1\n2\n3\n", log, StringComparison.Ordinal);
        Assert.EndsWith("6999999\n7000000\nthe end\n", log, StringComparison.Ordinal);
        AssertDropped(log, Enumerable.Range(1, 7_000_000).Sum(i => (long)i.ToString(System.Globalization.CultureInfo.InvariantCulture).Length + 1) + "the end\n".Length);
    }

    [Fact]
    public async Task One_line_of_twenty_megabytes_is_cut_in_the_middle_too()
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
    public async Task Binary_output_is_kept_as_it_is()
    {
        Needs.RootUser();
        _node.AddScript("binary.sh", "#!/usr/bin/perl\nprint map { chr } 0 .. 255;\n");
        Assert.Equal(0, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        Assert.Equal(Enumerable.Range(0, 256).Select(i => (byte)i), await File.ReadAllBytesAsync(_node.On("/var/log/thpc-node-agent/init-script-1.log"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_log_shows_what_is_printed_while_the_script_runs()
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
    public async Task A_log_that_cannot_be_written_neither_fails_nor_blocks_the_script(string option)
    {
        Needs.RootUser();
        _node.AddScript("loud.sh", $"#!/bin/bash\nhead -c 8000000 /dev/urandom\necho its last words\ntouch {_node.On("/finished")}\n");
        await MountAsync("/var/log", option);
        try
        {
            var run = await Agent.RunAsync(_node, "bootstrap");
            Assert.Equal(0, run.ExitCode);
            Assert.True(_node.Has("/finished"));
            Assert.Contains(_node.Report().Stages[1].Steps[1].Notes, note => note.Text.Contains("init-script-1.log", StringComparison.Ordinal));
        }
        finally
        {
            await UnmountAsync("/var/log");
        }
    }

    [Fact]
    public async Task Scripts_run_where_var_may_not_be_executed()
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
    public async Task A_script_may_delete_its_own_file_and_close_its_output()
    {
        Needs.RootUser();
        _node.AddScript("a.sh", $"#!/bin/bash\nrm -- \"$0\"\nexec >&- 2>&-\ntouch {_node.On("/finished")}\n");
        Assert.Equal(0, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        Assert.True(_node.Has("/finished"));
    }

    [Fact]
    public async Task Scripts_run_in_their_order_and_those_after_a_failed_one_do_not()
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
            [Outcome.Succeeded, Outcome.Failed, Outcome.Succeeded, Outcome.Succeeded, Outcome.Succeeded, Outcome.Failed, Outcome.NotRun, Outcome.NotRun, Outcome.NotRun, Outcome.NotRun],
            _node.Report().Stages[1].Steps.Select(step => step.Outcome));
        Assert.Equal(Outcome.NotRun, _node.Report().Stages[2].Outcome);
    }

    [Fact]
    public async Task A_script_that_may_fail_does_not_fail_the_run_whatever_is_wrong_with_it()
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
        Assert.Equal(total, log.Length - match.Length + long.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture));
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
