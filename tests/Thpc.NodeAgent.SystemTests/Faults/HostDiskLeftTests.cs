using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.SystemTests.Faults;

/// <summary>
/// A real file system with nothing left on it, with one block (or inode) left, with two, and so on until the command succeeds.
/// </summary>
public sealed class HostDiskLeftTests
{
    [Theory]
    [InlineData("`bootstrap`, no block left on the disk, then one, then two …", "NO_SPACE", "blocks", "fresh", "bootstrap")]
    [InlineData("`bootstrap`, no inode left, then one …", "NO_SPACE", "inodes", "fresh", "bootstrap")]
    [InlineData("`storage add --persist`, no block left …", "NO_SPACE", "blocks", HostMachine.Grown,
        "storage add --json /mnt/more.json --persist")]
    [InlineData("`storage remove --persist`, no block left …", "NO_SPACE", "blocks", HostMachine.Grown, "storage remove /data --persist")]
    [InlineData("`image prep`, no block left …", "NO_SPACE", "blocks", "fresh grown", "image prep --yes")]
    public async Task Every_run_fails_for_that_alone_and_the_next_one_ends_it(
        string row, string code, string kind, string prepare, string command)
    {
        using var machine =
            await HostMachine.RunAsync($"prepare() {{ {prepare}; }}; grow; reference {command}; each_left {kind} {command}");
        var (before, end) = (machine.State("before"), machine.State("end"));
        var runs = machine.Runs()
            .Where(name => name.StartsWith(kind, StringComparison.Ordinal) && !name.EndsWith("again", StringComparison.Ordinal))
            .OrderBy(name =>
                int.Parse(name[(name.IndexOf('-', StringComparison.Ordinal) + 1)..], System.Globalization.CultureInfo.InvariantCulture))
                .ToList();
        Assert.True(runs.Count > 1, machine.Words);
        foreach (var name in runs)
        {
            var where = $"{row}: {name}";
            var run = machine.Ended(name);
            Assert.True(run.Length < TimeSpan.FromSeconds(30), where);
            Assert.True(
                name == runs[^1] ? run.ExitCode == 0 : (run.ExitCode, run.Code) == (1, code),
                $"{where}: exit {run.ExitCode}: {run.Errors}");
            HostEnd.NothingIsLost(before, end, machine.State(name), where);

            // What has been removed is not found a second time.
            Assert.True(machine.Ended($"{name}-again").ExitCode == 0 || run.ExitCode == 0, where);

            // Here the script ran once: what it needs to be marked as done was kept for it.
            HostEnd.IsTheEnd(end, machine.State($"{name}-again"), where);
        }
    }

    [Theory]
    [InlineData("`bootstrap`, an init script fills the disk", "NO_SPACE")]
    public async Task What_the_script_leaves_is_enough_to_say_so_and_to_mark_it_as_done(string row, string code)
    {
        using var machine = await HostMachine.RunAsync("""
            prepare() {
              fresh; head -c 100000 /dev/zero | tr '\0' '#' >>$node/etc/fstab; mount -o remount,size=4m $node
              echo 'dd if=/dev/zero of=/mnt/node/filling bs=4k 2>/dev/null; exit 0' >>$node/srv/one.sh
            }
            prepare; state before; try full bootstrap; try status status; state full
            rm $node/filling; try again bootstrap; state again
            """);
        var run = machine.Ended("full");
        Assert.Equal((row, 1, code), (row, run.ExitCode, run.Code));
        Assert.Equal((RunOutcome.Failed, code), (run.Report?.Outcome, run.Report?.FirstError?.Code));
        Assert.Equal("mount", run.Report!.Stages.Single(stage => stage.Outcome == Outcome.Failed).Name);
        Assert.StartsWith("bootstrap failed: NO_SPACE: ", machine.Ended("status").Output, StringComparison.Ordinal);
        Assert.Equal(0, machine.Ended("again").ExitCode);
        Assert.Empty(machine.Ended("again").Report!.Warnings);
        Assert.Equal("begin end ", machine.State("again")["script"]);
        Assert.Equal(machine.State("before")["etc/fstab"], machine.State("full")["etc/fstab"]);
        Assert.DoesNotContain(machine.State("full").Keys, path => path.EndsWith(".tmp", StringComparison.Ordinal));
    }
}
