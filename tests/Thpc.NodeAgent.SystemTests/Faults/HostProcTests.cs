namespace Thpc.NodeAgent.SystemTests.Faults;

/// <summary>/proc is not what it should be.</summary>
public sealed class HostProcTests
{
    private const string Empty = "mount -t tmpfs proc /proc";
    private const string Mended = "umount /proc";

    [Theory]
    [InlineData("`bootstrap`, /proc not mounted or empty", "FILE_ACCESS", "fresh", Empty, Mended, "bootstrap")]
    [InlineData("`storage add`, /proc empty", "FILE_ACCESS", HostMachine.Grown, Empty, Mended, "storage add --json /mnt/more.json")]
    [InlineData("`storage remove`, /proc empty", "FILE_ACCESS", HostMachine.Grown, Empty, Mended, "storage remove /data")]
    [InlineData("`image prep`, /proc empty", "FILE_ACCESS", "fresh grown", Empty, Mended, "image prep --yes")]
    [InlineData("`bootstrap`, /proc with hidepid=2", "", "fresh", "mount -o remount,hidepid=2 /proc", "mount -o remount,hidepid=0 /proc",
        "bootstrap")]
    [InlineData("`bootstrap`, /proc/sys read-only", "", "fresh", "mount --bind /proc/sys /proc/sys; mount -o remount,bind,ro /proc/sys",
        "umount /proc/sys", "bootstrap")]
    public async Task Command_works_or_fails_before_it_changes_anything(
        string row, string code, string prepare, string hurt, string mend, string command)
    {
        using var machine = await HostHurt.RunAsync(prepare, hurt, mend, command);
        HostHurt.AssertNamedAndEnded(machine, row, code);
        Assert.Equal((row, code.Length > 0 ? "" : "begin end "), (row, machine.State("hurt")["script"]));
    }
}
