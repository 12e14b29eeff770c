using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.SystemTests.Faults;

/// <summary>A full disk at each write of a command: that write fails and so do all behind it. All commands at once.</summary>
public sealed class HostDiskFullTests(HostDiskFullTests.Sweeps sweeps) : IClassFixture<HostDiskFullTests.Sweeps>
{
    private const string Bootstrap = "`bootstrap`, the disk full from its n-th write on";
    private const string Add = "`storage add --persist`, the same";
    private const string Remove = "`storage remove --persist`, the same";
    private const string Prep = "`image prep`, the same";

    // The part, how many sweep side by side, what makes a node ready, and the command.
    private static readonly Dictionary<string, (int Sweeps, string Prepare, string Command)> Parts = new(StringComparer.Ordinal)
    {
        [Bootstrap] = (2, "fresh", "bootstrap"),
        [Add] = (1, HostMachine.Grown, "storage add --json /mnt/more.json --persist"),
        [Remove] = (1, HostMachine.Grown, "storage remove /data --persist"),
        [Prep] = (1, "fresh grown", "image prep --yes"),
    };

    [Theory]
    [InlineData(Bootstrap, "NO_SPACE", 30)]
    [InlineData(Add, "NO_SPACE", 10)]
    [InlineData(Remove, "NO_SPACE", 8)]
    [InlineData(Prep, "NO_SPACE", 15)]
    public void Full_disk_is_reported_nothing_is_lost_and_next_run_completes(string row, string code, int minWrites)
    {
        var writes = 0;
        foreach (var machine in sweeps.Machines[row])
        {
            var (before, end) = (machine.State("before"), machine.State("end"));
            Assert.Equal(0, machine.Ended("plain").ExitCode);
            foreach (var name in machine.Runs().Where(name => int.TryParse(name, out _) && machine.Struck(name).Length > 0))
            {
                writes++;
                var where = $"{row}, write {name} ({machine.Struck(name)})";
                var run = machine.Ended(name);
                Assert.True(run.Length < TimeSpan.FromSeconds(30), where);

                // Where only the last report could not be written, or a directory not be flushed, the node is all that it should be.
                var mayPass = machine.Struck(name).Contains("/report.json", StringComparison.Ordinal)
                    || (machine.Struck(name).StartsWith("fsync ", StringComparison.Ordinal)
                        && !machine.Struck(name).EndsWith(".tmp", StringComparison.Ordinal));
                Assert.True(run.ExitCode == 1 || (mayPass && run.ExitCode == 0), $"{where}: exit {run.ExitCode}: {run.Output}");
                Assert.True(
                    run.ExitCode == 0 || run.Code == code || run.Output.Contains($"{code}: ", StringComparison.Ordinal),
                    $"{where}: {run.Errors}{run.Output}");
                HostEnd.NothingIsLost(before, end, machine.State(name), where);

                // What has been removed is not found a second time. A script runs again only where it is its own success that could not be
                // noted.
                var again = machine.Ended($"{name}-again");
                Assert.True(again.ExitCode == 0 || run.ExitCode == 0, $"{where}: {again.Errors}");
                HostEnd.IsTheEnd(
                    end, machine.State($"{name}-again"), where, script: !run.Errors.Contains(".done: ", StringComparison.Ordinal));
            }
        }

        Assert.InRange(writes, minWrites, 200);
    }

    [Fact]
    public void Log_has_error_before_run_ends()
    {
        foreach (var machine in sweeps.Machines[Bootstrap])
        {
            // From the lock on there is a log; the ready file is written after the last stage.
            Assert.All(
                machine.Runs().Where(name => machine.Struck(name).Contains("/scripts/", StringComparison.Ordinal)),
                name => Assert.Equal((name, machine.Ended(name).ExitCode == 0 ? null : "NO_SPACE"), (name, machine.Ended(name).Code)));
        }
    }

    [Fact]
    public void A_node_that_cannot_say_that_it_is_ready_has_not_succeeded()
    {
        var struck = sweeps.Machines[Bootstrap]
            .SelectMany(machine =>
                machine.Runs().Where(name => machine.Struck(name).Contains("/ready", StringComparison.Ordinal))
                    .Select(name => machine.Ended(name))).ToList();
        Assert.NotEmpty(struck);
        Assert.All(struck, run =>
        {
            Assert.Equal(1, run.ExitCode);
            Assert.StartsWith("bootstrap failed: NO_SPACE: ", run.Output, StringComparison.Ordinal);
            Assert.NotEqual(RunOutcome.Succeeded, run.Report?.Outcome);
        });
    }

#pragma warning disable CA1034 // It belongs to this class alone.
    public sealed class Sweeps : IAsyncLifetime
#pragma warning restore CA1034
    {
        internal Dictionary<string, IReadOnlyList<HostMachine>> Machines { get; } = new(StringComparer.Ordinal);

        public async ValueTask InitializeAsync()
        {
            var running = Parts.Select(part =>
                (part.Key, Task.WhenAll(Enumerable.Range(1, part.Value.Sweeps).Select(first => HostMachine.RunAsync($$"""
                prepare() { {{part.Value.Prepare}}; }
                grow
                make_full
                reference {{part.Value.Command}}
                each_write {{first}} {{part.Value.Sweeps}} {{part.Value.Command}}
                """))))).ToList();
            foreach (var (row, machines) in running)
            {
                Machines[row] = await machines;
            }
        }

        public ValueTask DisposeAsync()
        {
            foreach (var machine in Machines.Values.SelectMany(machines => machines))
            {
                machine.Dispose();
            }

            return ValueTask.CompletedTask;
        }
    }
}
