using System.Text;

namespace Thpc.NodeAgent.SystemTests.Faults;

/// <param name="Text">The script.</param>
internal sealed record ScriptFaultRow(string Name, string? Code, string Text, int Limit = 60) : FaultRow(Name, Code, Limit)
{
    public string Prepare { get; init; } = "";

    /// <summary>Paths that it leaves and other scripts do not.</summary>
    public string[] Leaves { get; init; } = [];

    /// <summary>Paths of the agent that it removes.</summary>
    public string? Takes { get; init; }
}

/// <summary>Init scripts that try to harm the agent that runs them.</summary>
public sealed class ScriptFaultTests(ScriptFaults faults) : IClassFixture<ScriptFaults>
{
    /// <summary>The minimum timeout of a script.</summary>
    private const int Min = 10;

    private const string Daemon =
        "perl -MPOSIX -e 'exit if fork; POSIX::setsid(); exit if fork; chdir \"/\"; close STDIN; close STDOUT; close STDERR; sleep "
            + "1000'; sleep 1000";

    internal static readonly ScriptFaultRow[] Rows =
    [
        new("exit status 7", "SCRIPT_FAILED", Bash("echo 'disk on fire' >&2; exit 7")),
        new("killed by a signal", "SCRIPT_FAILED", Bash("kill -9 $$")),
        new("too long", "SCRIPT_TIMEOUT", Bash("exec sleep 1000"), Min),
        new("too long, in the background", "SCRIPT_TIMEOUT", Bash("sleep 1000 & sleep 1000 & wait"), Min),
        new("too long, in a session of its own", "SCRIPT_TIMEOUT", Bash("setsid sleep 1000 & sleep 1000"), Min),
        new("too long, forked twice", "SCRIPT_TIMEOUT", Bash(Daemon), Min),
        new("too long, deaf to TERM", "SCRIPT_TIMEOUT", Bash("trap '' TERM HUP INT; sleep 1000; sleep 1000"), Min),
        new("too long, stopped by SIGSTOP", "SCRIPT_TIMEOUT",
            Bash("sh -c 'trap \"\" TERM; kill -STOP $$; sleep 1000' & kill -STOP $$; sleep 1000"), Min),
        new("too long, two thousand processes", "SCRIPT_TIMEOUT", "#!/usr/bin/perl\nfork for 1 .. 11;\nsleep 1000;\n", Min),
        new("1 GB of output", null, Bash("head -c 1000000000 /dev/zero; grep VmHWM /proc/$PPID/status")),
        new("one line of 100 MB", null, Bash("head -c 100000000 /dev/zero | tr '\\0' x; grep VmHWM /proc/$PPID/status")),
        new("binary output", "SCRIPT_FAILED", Bash("head -c 100000 /dev/urandom; printf '\\033[31m\\377\\000\\r'; exit 3")),
        new("its output closed", null, Bash("exec >&- 2>&-; sleep 1; echo on >finished")) { Leaves = ["/root/finished"] },
        new("nothing may be executed in /var", null, Bash("echo ran")) { Prepare = Tmpfs("/var", "noexec") },
        new("an interpreter that is not there", "SCRIPT_INTERPRETER_MISSING", "#!/opt/nowhere/python3\n"),
        new("its own file deleted", null, Bash("rm -- \"$0\"; echo ran")) { Takes = "/var/lib/thpc-node-agent/scripts/init-script-1" },
        new("the disk filled, and it fails", "SCRIPT_FAILED", Bash("cat /dev/zero >big"))
        {
            Prepare = Tmpfs("", "size=8m"),
            Leaves = ["/root/big"],
        },
        new("the disk filled, and it succeeds", null, Bash("cat /dev/zero >../var/big; true"))
        {
            Prepare = Tmpfs("/var", "size=8m"),
            Leaves = ["/var/big"],
        },
        new("it kills all processes around it", "SCRIPT_FAILED",
            Bash("log=${0%/var/lib/*}/var/log/thpc-node-agent/init-script-1.log; for i in {1..1000}; do [ -e $log ] && break; sleep "
                + "0.01; done; for p in $(cat /proc/$PPID/task/*/children); do [ $p = $$ ] || kill -9 $p; done; kill -9 0")),
        new("it sends TERM to the agent", "INTERRUPTED", Bash("setsid sleep 1000 & kill -TERM $PPID; sleep 1000")),
    ];

    public static TheoryData<string> Names => [.. Rows.Select(row => row.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Script_faults_are_reported_in_time_and_harm_nothing(string name)
    {
        var row = Rows.Single(row => row.Name == name);
        var (end, _) = await faults.RunOf(name);
        end.AssertSays(row);
        var own = row.Code switch
        {
            null => FaultEnd.Succeeding,
            "SCRIPT_INTERPRETER_MISSING" => FaultEnd.Fetching,
            _ => FaultEnd.Running,
        };
        end.AssertNothingLost(own.Where(path => path != row.Takes).Concat(row.Leaves), Encoding.UTF8.GetBytes(row.Text));
    }

    [Theory]
    [InlineData("1 GB of output", 1_000_000_000)]
    [InlineData("one line of 100 MB", 100_000_000)]
    public async Task Large_output_does_not_grow_memory_or_log(string name, long printed)
    {
        var (_, log) = await faults.RunOf(name);
        Assert.InRange(log.Length, 2 << 20, (2 << 20) + 100);
        var peak = System.Text.RegularExpressions.Regex.Match(log, @"\[\.\.\. (\d+) bytes dropped \.\.\.\]\n(?s:.*)VmHWM:\s*(\d+) kB\n$");
        Assert.True(peak.Success, log[^100..]);
        Assert.InRange(long.Parse(peak.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture), printed - (2 << 20), printed);
        Assert.InRange(int.Parse(peak.Groups[2].Value, System.Globalization.CultureInfo.InvariantCulture), 1, 40 << 10);
    }

    [Theory]
    [InlineData("exit status 7", "exited with 7; last output: disk on fire")]
    [InlineData("killed by a signal", "killed by signal 9")]
    [InlineData("too long, stopped by SIGSTOP", "still running after 10 s")]
    [InlineData("an interpreter that is not there", "/opt/nowhere/python3")]
    [InlineData("the disk filled, and it fails", "No space left on device")]
    [InlineData("it kills all processes around it", "killed by signal 9")]
    public async Task Error_describes_fault(string name, string words) =>
        Assert.Contains(words, (await faults.RunOf(name)).End.Report?.FirstError?.Message, StringComparison.Ordinal);

    [Fact]
    public async Task Log_with_killed_writer_is_reported_incomplete() =>
        Assert.Contains(
            "init-script-1.log is not complete: its writer (pid ", (await faults.RunOf("it kills all processes around it")).End.Output,
            StringComparison.Ordinal);

    [Fact]
    public async Task Script_output_cannot_control_terminal() =>
        Assert.DoesNotContain('\e', (await faults.RunOf("binary output")).End.Output);

    [Fact]
    public async Task Thousands_of_processes_are_counted_but_not_all_listed()
    {
        var diagnostics = (await faults.RunOf("too long, two thousand processes")).End.Report?.FirstError?.Diagnostics;
        Assert.InRange(diagnostics!.MoreProcesses + diagnostics.Processes.Count, 500, 2048);
        Assert.InRange(diagnostics.Processes.Count, 1, 100);
    }

    private static string Bash(string text) => $"#!/bin/bash\n{text}\n";

    /// <summary>Moves a directory of the node, with its content, to a separate file system.</summary>
    private static string Tmpfs(string path, string options) =>
        $"cp -a \"$node{path}\" \"$out/copy\"; mount -t tmpfs -o {options} none \"$node{path}\"; cp -a \"$out/copy/.\" \"$node{path}\"";
}
