namespace Thpc.NodeAgent.SystemTests.Faults;

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

    [Theory]
    [InlineData("`bootstrap`, /etc read-only", "FSTAB_WRITE", "fresh", EtcReadOnly, EtcMended, "bootstrap")]
    [InlineData("`storage add --persist`, /etc read-only", "FSTAB_WRITE", HostMachine.Grown, EtcReadOnly, EtcMended,
        "storage add --json /mnt/more.json --persist")]
    [InlineData("`storage remove --persist`, /etc read-only", "FSTAB_WRITE", HostMachine.Grown, EtcReadOnly, EtcMended,
        "storage remove /data --persist")]
    [InlineData("`bootstrap`, the whole root read-only", "FILE_ACCESS", "fresh", RootReadOnly, RootMended, "bootstrap")]
    [InlineData("`bootstrap`, the root read-only and /run not", "FILE_ACCESS", "fresh; mount -t tmpfs -o mode=755 run $node/run",
        RootReadOnly, RootMended, "bootstrap")]
    [InlineData("`image prep`, the root read-only", "FILE_ACCESS", "fresh grown", RootReadOnly, RootMended, "image prep --yes")]
    [InlineData("`bootstrap`, fstab immutable", "FSTAB_WRITE", "disk=ext4 fresh", Immutable, Mutable, "bootstrap")]
    [InlineData("`storage add --persist`, fstab immutable", "FSTAB_WRITE", "disk=ext4 " + HostMachine.Grown, Immutable, Mutable,
        "storage add --json /mnt/more.json --persist")]
    [InlineData("`storage remove --persist`, fstab immutable", "FSTAB_WRITE", "disk=ext4 " + HostMachine.Grown, Immutable, Mutable,
        "storage remove /data --persist")]
    [InlineData("`storage add --persist`, a disk that takes what is written and cannot flush it", "NO_SPACE", HostMachine.Grown, NoFlush,
        Flush, "storage add --json /mnt/more.json --persist")]
    public async Task It_is_named_nothing_is_lost_and_once_it_can_be_written_the_next_run_ends_it(
        string row, string code, string prepare, string hurt, string mend, string command)
    {
        using var machine = await HostHurt.RunAsync(prepare, hurt, mend, command);
        HostHurt.AssertNamedAndEnded(machine, row, code);
    }
}
