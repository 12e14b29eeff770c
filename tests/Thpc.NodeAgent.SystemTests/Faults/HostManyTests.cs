using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.SystemTests.Faults;

public sealed class HostManyTests
{
    [Theory]
    [InlineData("20 times `bootstrap` at once", "BUSY")]
    public async Task One_of_twenty_runs_works_and_the_others_name_it(string row, string code)
    {
        using var machine = await HostMachine.RunAsync("""
            prepare() { fresh; }
            reference bootstrap
            prepare; mkfifo /mnt/held; : >/mnt/hold
            for ((i = 1; i <= 20; i++)); do try "many-$i" bootstrap & jobs[i]=$!; done
            read -r <>/mnt/held

            # The run whose script waits continues after all others have ended.
            until [ "$(find $out -name 'many-*.end' | wc -l)" -ge 19 ]; do sleep 0.02; done
            pkill -x sleep; rm /mnt/hold
            wait "${jobs[@]}"
            state many
            try again bootstrap; state again
            """);
        var all = machine.Runs().Where(name => name.StartsWith("many-", StringComparison.Ordinal)).Select(machine.Ended).ToList();
        Assert.Equal(20, all.Count);
        Assert.Equal((row, 1, 19), (row, all.Count(run => run.ExitCode == 0), all.Count(run => run.ExitCode == 4)));
        Assert.All(all.Where(run => run.ExitCode == 4), run => Assert.Equal(code, run.Code));
        Assert.All(
            all.Where(run => run.ExitCode == 4),
            run => Assert.Contains("`thpc-node-agent bootstrap`, pid ", run.Errors, StringComparison.Ordinal));
        Assert.All(all.Where(run => run.ExitCode == 4), run => Assert.True(run.Length < TimeSpan.FromSeconds(30)));
        HostEnd.IsTheEnd(machine.State("end"), machine.State("many"), row);
        Assert.Equal(RunOutcome.Succeeded, machine.Ended("again").Report?.Outcome);
        HostEnd.IsTheEnd(machine.State("end"), machine.State("again"), row);
    }
}
