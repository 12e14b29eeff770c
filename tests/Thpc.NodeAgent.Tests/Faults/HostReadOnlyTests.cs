namespace Thpc.NodeAgent.Tests.Faults;

/// <summary>What cannot be written although there is space.</summary>
public sealed class HostReadOnlyTests
{
    private const string EtcReadOnly = "mount --bind $node/etc $node/etc; mount -o remount,bind,ro $node/etc";
    private const string EtcMended = "umount $node/etc";
    private const string RootReadOnly = "mount -o remount,ro $node";
    private const string RootMended = "mount -o remount,rw $node";

    private const string Immutable = "chattr +i $node/etc/fstab";
    private const string Mutable = "chattr -i $node/etc/fstab";
    private const string NoFlush = "make_full; truncate -s 8 /mnt/full.count; echo \"1 $node fsync\" >/mnt/full";
    private const string Flush = "rm /mnt/full";
    private const string Grown = "fresh grown; agent storage add >/dev/null 2>&1";

    [Theory]
    [InlineData("`bootstrap`, /etc read-only", "FSTAB_WRITE", "fresh", EtcReadOnly, EtcMended, "bootstrap")]
    [InlineData("`storage add --persist`, /etc read-only", "FSTAB_WRITE", Grown, EtcReadOnly, EtcMended, "storage add --json /mnt/more.json --persist")]
    [InlineData("`storage remove --persist`, /etc read-only", "FSTAB_WRITE", Grown, EtcReadOnly, EtcMended, "storage remove /data --persist")]
    [InlineData("`bootstrap`, the whole root read-only", "FILE_ACCESS", "fresh", RootReadOnly, RootMended, "bootstrap")]
    [InlineData("`bootstrap`, the root read-only and /run not", "FILE_ACCESS", "fresh; mount -t tmpfs -o mode=755 run $node/run", RootReadOnly, RootMended, "bootstrap")]
    [InlineData("`image prep`, the root read-only", "FILE_ACCESS", "fresh grown", RootReadOnly, RootMended, "image prep --yes")]
    [InlineData("`bootstrap`, fstab immutable", "FSTAB_WRITE", "disk=ext4 fresh", Immutable, Mutable, "bootstrap")]
    [InlineData("`storage add --persist`, fstab immutable", "FSTAB_WRITE", "disk=ext4 " + Grown, Immutable, Mutable, "storage add --json /mnt/more.json --persist")]
    [InlineData("`storage remove --persist`, fstab immutable", "FSTAB_WRITE", "disk=ext4 " + Grown, Immutable, Mutable, "storage remove /data --persist")]
    [InlineData("`storage add --persist`, a disk that takes what is written and cannot flush it", "NO_SPACE", Grown, NoFlush, Flush, "storage add --json /mnt/more.json --persist")]
    public async Task It_is_named_nothing_is_lost_and_once_it_can_be_written_the_next_run_ends_it(string row, string code, string prepare, string hurt, string mend, string command)
    {
        using var machine = await HostMachine.RunAsync($$"""
            prepare() { {{prepare}}; }
            grow
            reference {{command}}
            prepare
            {{hurt}}
            try hurt {{command}}
            state hurt
            {{mend}}
            try again {{command}}
            state again
            """);
        var (before, end) = (machine.State("before"), machine.State("end"));
        var run = machine.Ended("hurt");
        Assert.Equal((row, 0), (row, machine.Ended("plain").ExitCode));
        Assert.True((run.ExitCode, run.Code) == (1, code), $"{row}: exit {run.ExitCode}: {run.Errors}{run.Output}{machine.Words}");
        Assert.True(run.Length < TimeSpan.FromSeconds(30), row);
        HostEnd.NothingIsLost(before, end, machine.State("hurt"), row);
        Assert.True(machine.Ended("again").ExitCode == 0, $"{row}: {machine.Ended("again").Errors}");
        HostEnd.IsTheEnd(end, machine.State("again"), row);
    }
}
