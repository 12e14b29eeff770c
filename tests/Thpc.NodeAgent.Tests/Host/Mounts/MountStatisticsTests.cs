using Thpc.NodeAgent.Host.Mounts;

namespace Thpc.NodeAgent.Tests.Host.Mounts;

public sealed class MountStatisticsTests
{
    [Fact]
    public void Only_NFS_mounts_and_used_operations_are_read()
    {
        var mount = Assert.Single(MountStatistics.Parse(NfsReadings.Loaded));
        Assert.Equal(("10.0.0.1:/", "/mnt", 9503), (mount.Source, mount.MountPoint, mount.Age));
        Assert.Equal(
            ["READ", "WRITE", "COMMIT", "STATFS", "SECINFO_NO_NAME"], mount.Operations.Select(operation => operation.Name));
        Assert.Equal("WRITE 2000 2000 48850", Show(mount.Find("WRITE")));
        Assert.Equal("NULL 0 0 0", Show(mount.Find("NULL")));
    }

    /// <summary>A counter of errors was added to each operation, without another version (Linux 5.3).</summary>
    [Fact]
    public void Ninth_counter_and_escaped_paths_are_read()
    {
        var mounts = MountStatistics.Parse(NfsReadings.Fresh);
        Assert.Equal(["/mnt/a b", "/mnt/nfs"], mounts.Select(mount => mount.MountPoint));
        Assert.Equal("NULL 1 1 2", Show(Assert.Single(mounts[1].Operations)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("device a:/ mounted on /a with fstype nfs\n\tage:\t5\n\tper-op statistics\n\tREAD: 1 1 0 0 0 0 0 0\n")]
    [InlineData("device a:/ mounted on /a with fstype nfs statvers=9.0\n\tper-op statistics\n\tREAD: 1 1 0 0 0 0 0 0\n")]
    [InlineData("per-op statistics\nREAD: 1 1 0 0 0 0 0 0\n")]
    public void Other_formats_have_no_mounts(string text) => Assert.Empty(MountStatistics.Parse(text));

    [Theory]
    [InlineData("READ: 1 1 0 0 0 0")]
    [InlineData("READ: 1 x 0 0 0 0 0 0")]
    [InlineData("READ: -1 1 0 0 0 0 0 0")]
    [InlineData("READ: 99999999999999999999 1 0 0 0 0 0 0")]
    public void Damaged_lines_are_left_out(string line) =>
        Assert.Empty(Assert.Single(MountStatistics.Parse(
            $"device a:/ mounted on /a with fstype nfs statvers=1.1\nper-op statistics\n{line}\n")).Operations);

    [Fact]
    public void Topmost_mount_of_a_directory_is_found()
    {
        const string Device = " mounted on /a with fstype nfs statvers=1.1\n";
        var statistics = new MountStatistics(1, MountStatistics.Parse($"device a:/{Device}device b:/{Device}"));
        Assert.Equal("b:/", statistics.Find("/a")?.Source);
        Assert.Null(statistics.Find("/b"));
    }

    [Fact]
    public void Kept_readings_are_read_again()
    {
        IReadOnlyList<MountStatistics> readings =
            [At(5, MountStatistics.Parse(NfsReadings.Loaded)), At(130), At(260, MountStatistics.Parse(NfsReadings.Fresh))];
        var again = MountStatistics.ParseKept(MountStatistics.ToText(readings));
        Assert.Equal([5, 130, 260], again.Select(reading => reading.Time));
        Assert.Equal(MountStatistics.ToText(readings), MountStatistics.ToText(again));
        Assert.Equal(readings[0].Mounts[0].Operations.Select(Show), again[0].Mounts[0].Operations.Select(Show));
        Assert.Equal(readings[2].Mounts[0].MountPoint, again[2].Mounts[0].MountPoint);
    }

    /// <summary>The last of the times is now.</summary>
    [Theory]
    [InlineData("0", null, "0")]
    [InlineData("0 60", null, "0")]
    [InlineData("0 119", null, "0")]
    [InlineData("0 120", 0, "0 120")]
    [InlineData("0 120 180", 0, "0 120")]
    [InlineData("0 120 240", 120, "120 240")]
    [InlineData("0 120 9000", 120, "120 9000")]
    [InlineData("500 20", null, "20")] // of an earlier boot
    public void Base_is_old_enough_and_a_later_one_is_kept(string times, int? expected, string kept)
    {
        List<MountStatistics> all = [.. times.Split(' ').Select(time => At(long.Parse(time, null)))];
        IReadOnlyList<MountStatistics> before = all[..^1];
        Assert.Equal(expected, all[^1].Base(before)?.Time);
        Assert.Equal(kept, string.Join(' ', all[^1].Keep(before).Select(reading => reading.Time)));
    }

    private static string Show(NfsOperation operation) =>
        $"{operation.Name} {operation.Count} {operation.Sent} {operation.Milliseconds}";

    private static MountStatistics At(long time, IReadOnlyList<NfsCounters>? mounts = null) => new(time, mounts ?? []);
}
