using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.SystemTests.Faults;

/// <summary>
/// TERM and INT before system calls spread over a whole bootstrap, all of those at its end among them; and KILL for the whole process
/// group.
/// </summary>
public sealed class HostSignalTests(HostSignalTests.Runs runs) : IClassFixture<HostSignalTests.Runs>
{
    private const string Term = "`bootstrap`, SIGTERM at any moment";
    private const string Int = "`bootstrap`, SIGINT at any moment";
    private const string InScript = "`bootstrap`, SIGKILL for its whole process group and the script's";
    private const string InMount = "`bootstrap`, SIGKILL for its whole process group and the mount's";

    [Theory]
    [InlineData(Term, "INTERRUPTED", 143)]
    [InlineData(Int, "INTERRUPTED", 130)]
    public void Run_ends_at_once_reports_it_and_next_run_continues(string row, string code, int exitCode)
    {
        var machine = runs.Machines[row];
        var (before, end) = (machine.State("before"), machine.State("end"));
        var moments = machine.Runs().Where(name => int.TryParse(name, out _)).ToList();
        Assert.InRange(moments.Count, 9, 60);
        Assert.InRange(moments.Count(name => machine.Ended(name).ExitCode == exitCode), 5, 60);
        foreach (var name in moments)
        {
            var where = $"{row}: {machine.Struck(name)}";
            var run = machine.Ended(name);
            Assert.True(run.Length < TimeSpan.FromSeconds(30), where);

            // The signal may come before the first stage or after the last one; then the exit code does not matter.
            var outcome = run.Report?.Outcome;
            Assert.True(
                (run.ExitCode, outcome) is (0, RunOutcome.Succeeded)
                    || (run.ExitCode == exitCode && outcome is null or RunOutcome.Interrupted or RunOutcome.Succeeded),
                    $"{where}: exit {run.ExitCode}, {outcome}: {run.Errors}");
            Assert.True(
                outcome != RunOutcome.Interrupted || (run.Report!.FirstError?.Code == code && run.Code == code), $"{where}: {run.Errors}");
            HostEnd.NothingIsLost(before, end, machine.State(name), where);

            var again = machine.Ended($"{name}-again");
            Assert.True(again.ExitCode == 0 && again.Report!.Warnings.Count == 0, $"{where}: {again.Errors}");
            HostEnd.IsTheEnd(end, machine.State($"{name}-again"), where, script: false);
            AssertRanOnce(machine.State($"{name}-again")["script"], where);
        }
    }

    [Theory]
    [InlineData("`bootstrap`, SIGTERM while a server is silent", "INTERRUPTED", 143)]
    public void A_silent_server_does_not_hold_it_up(string row, string code, int exitCode)
    {
        // The limits of the mount are ten minutes: only the signal can have ended the run.
        var run = runs.Machines[row].Ended("silent");
        Assert.Equal((row, exitCode, code), (row, run.ExitCode, run.Code));
        Assert.Equal(RunOutcome.Interrupted, run.Report?.Outcome);
        Assert.Equal("mount", run.Report?.Stages[^1].Name);
    }

    [Theory]
    [InlineData(InScript, "", "script")]
    [InlineData(InMount, "", "mount")]
    public void After_the_whole_group_is_killed_the_next_run_names_it_and_ends_it(string row, string code, string stage)
    {
        var machine = runs.Machines[row];
        var (before, end) = (machine.State("before"), machine.State("end"));
        Assert.Equal((row, 137), (row, machine.Ended("killed").ExitCode));
        Assert.Equal(RunOutcome.Running, machine.Ended("killed").Report?.Outcome);
        var noted = machine.State("killed")
            .Where(file =>
                !file.Key.StartsWith("run/thpc-node-agent/", StringComparison.Ordinal)
                    && !file.Key.Contains(".thpc-", StringComparison.Ordinal)).ToDictionary();
        HostEnd.NothingIsLost(before, end, new SortedDictionary<string, string>(noted, StringComparer.Ordinal), row);

        var again = machine.Ended("again");
        Assert.Equal((row, 0, code), (row, again.ExitCode, again.Code ?? ""));
        Assert.Contains(
            $"the run {machine.Ended("killed").Report!.RunId} of", Assert.Single(again.Report!.Warnings), StringComparison.Ordinal);
        Assert.Contains($"was killed in stage {stage}", again.Report.Warnings[0], StringComparison.Ordinal);
        HostEnd.IsTheEnd(end, machine.State("again"), row, script: false);
        AssertRanOnce(machine.State("again")["script"], row);
        Assert.DoesNotContain("was ended", again.Errors, StringComparison.Ordinal);
    }

    // One that was struck had begun and not ended; none that had ended ran again, but where that could not be marked any more.
    private static void AssertRanOnce(string script, string where) =>
        Assert.True(script is "begin end " or "begin begin end " or "begin end begin end ", $"{where}: the script: {script}");

#pragma warning disable CA1034 // It belongs to this class alone.
    public sealed class Runs : IAsyncLifetime
#pragma warning restore CA1034
    {
        internal Dictionary<string, HostMachine> Machines { get; } = new(StringComparer.Ordinal);

        public async ValueTask InitializeAsync()
        {
            (string Row, Task<HostMachine> Machine)[] all =
            [
                (Term, HostMachine.RunAsync(Spread(15, "3"))),
                (Int, HostMachine.RunAsync(Spread(2, "9"))),
                ("`bootstrap`, SIGTERM while a server is silent", HostMachine.RunAsync(Silent)),
                (InScript, HostMachine.RunAsync(Group("/mnt/hold"))),
                (InMount, HostMachine.RunAsync(Group("/mnt/hold-mount"))),
            ];
            foreach (var (row, machine) in all)
            {
                Machines[row] = await machine;
            }
        }

        public ValueTask DisposeAsync()
        {
            foreach (var machine in Machines.Values)
            {
                machine.Dispose();
            }

            return ValueTask.CompletedTask;
        }

        // Eight in between, then the last three one by one.
        private static string Spread(int signal, string first) => $$"""
            prepare() { fresh; }
            reference bootstrap
            prepare; struck 0 {{signal}} counted bootstrap
            read -r calls _ <$out/counted.first
            for number in $(seq {{first}} $((calls / 8)) "$calls") $(seq $((calls - 2)) "$calls"); do
              prepare; struck "$number" {{signal}} "$number" bootstrap; state "$number"
              try "$number-again" bootstrap; state "$number-again"
            done
            """;

        // The server takes the connection, and the mount gets no answer. `agent` kills a run after a minute.
        private const string Silent = """
            fresh; sed -i -E 's/^((attempt_)?timeout) = .*/\1 = 600/' $node/$config
            mkfifo /mnt/held; : >/mnt/hold-mount
            begin=${EPOCHREALTIME/./}
            agent bootstrap >$out/silent.output 2>$out/silent.errors & job=$!
            read -r <>/mnt/held
            kill -TERM $(pgrep -f -- "^$executable bootstrap")
            wait $job; ended silent $? "$begin"
            """;

        // Signals the group as TAT does after its own limit. The command that holds the run reports when it has started.
        private static string Group(string hold) => $$"""
            prepare() { fresh; }
            reference bootstrap
            prepare; mkfifo /mnt/held; : >{{hold}}
            begin=${EPOCHREALTIME/./}
            setsid bash -c 'exec env -i PATH="$PATH" LD_PRELOAD="$1" "$2" bootstrap --root "$3"' bash "$preload" "$executable" $node \
              >$out/killed.output 2>$out/killed.errors & job=$!
            read -r <>/mnt/held
            until pgrep -f '^sleep 600' >/dev/null; do sleep 0.01; done # it is just about to
            for group in $(ps -eo pgid=,args= | awk '/sleep 600|thpc-node-agent bootstrap/ && !/awk/ { print $1 }' | sort -u); do
              kill -KILL -- "-$group"
            done
            wait $job; ended killed $? "$begin"
            state killed; rm {{hold}}
            try again bootstrap; state again
            """;
    }
}
