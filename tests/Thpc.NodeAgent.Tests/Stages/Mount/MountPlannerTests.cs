using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Stages.Mount;
using Thpc.NodeAgent.Stages.Mount.Fstab;

namespace Thpc.NodeAgent.Tests.Stages.Mount;

/// <summary>What is planned for one mount point, by what is mounted there and how it answers.</summary>
public sealed class MountPlannerTests : IDisposable
{
    private const string Source = "10.0.0.1:/";

    private readonly TemporaryNode _node = new();
    private readonly List<string> _warnings = [];

    public void Dispose() => _node.Dispose();

    [Theory]
    [InlineData("ext4", "/dev/vdb", false)]
    [InlineData("ext4", "/dev/vdb", true)]
    [InlineData("nfs4", "10.9.9.9:/other", true)]
    public async Task Foreign_mount_is_refused(string type, string source, bool repair)
    {
        var plan = await PlanAsync(State(Mounted(type, source)), repair);
        Assert.True(plan!.IsRefusal);
        Assert.Equal(ErrorCode.MountConflict, plan.Make([], []).Refusal?.Code);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task Storage_of_an_earlier_configuration_is_remounted_only_by_repair(bool repair, bool refused)
    {
        var earlier = new PersistedMount("/data", "10.9.9.9:/old", null, TemporaryNode.ClusterId, null, null, null, "");
        var plan = await PlanAsync(State(Mounted("nfs4", "10.9.9.9:/old")) with { Origin = earlier }, repair);
        Assert.Equal((refused, !refused), (plan!.IsRefusal, plan.Mounts));
    }

    [Theory]
    [InlineData("MOUNT_STALE", false, "remount 10.0.0.1:/ on /data")]
    [InlineData("MOUNT_STALE", true, "remount 10.0.0.1:/ on /data")]
    [InlineData("MOUNT_DEAD", false, "remount 10.0.0.1:/ on /data")]
    [InlineData("MOUNT_DEAD", true, "remount 10.0.0.1:/ on /data")]
    [InlineData("MOUNT_TIMEOUT", false, "wait for 10.0.0.1:/ on /data to answer")]
    [InlineData("MOUNT_TIMEOUT", true, null)]
    [InlineData("MOUNT_FAILED", false, "wait for 10.0.0.1:/ on /data to answer")]
    [InlineData(null, false, "persist /data for the next boot")]
    [InlineData(null, true, "persist /data for the next boot")]
    public async Task Own_mount_is_planned_by_its_answer(string? code, bool repair, string? step)
    {
        var state = State(Mounted("nfs4", Source), code is null ? null : ErrorCode.Find(code));
        Assert.Equal(step, (await PlanAsync(state, repair))?.Make([], []).Summary);
    }

    [Theory]
    [InlineData(false, false, "wait for 10.0.0.1:/ on /data to answer")]
    [InlineData(true, false, null)]
    [InlineData(false, true, "mount 10.0.0.1:/ on /data")]
    public async Task Idle_automount_is_awaited_unless_a_step_stops_it(bool repair, bool isUnmountedBefore, string? step)
    {
        var state = State(null) with { Automount = Mounted("autofs", "systemd-1") };
        Assert.Equal(step, (await PlanAsync(state, repair, isUnmountedBefore))?.Make([], []).Summary);
    }

    [Fact]
    public async Task Storage_is_mounted_where_an_earlier_step_unmounts_another()
    {
        var plan = await PlanAsync(State(Mounted("ext4", "/dev/vdb")), repair: false, isUnmountedBefore: true);
        Assert.True(plan is { Mounts: true, IsRefusal: false });
    }

    [Fact]
    public async Task Read_only_mount_is_remounted_only_by_repair()
    {
        var state = State(Mounted("nfs4", Source, "ro"));
        var remount = (await PlanAsync(state, repair: true))!.Make([], []);
        Assert.Contains("because: it is read-only", remount.Details.First(), StringComparison.Ordinal);
        Assert.Equal("persist /data for the next boot", (await PlanAsync(state, repair: false))?.Make([], []).Summary);
        Assert.Single(_warnings);
    }

    [Fact]
    public async Task Storage_that_is_configured_read_only_is_in_order()
    {
        var state = State(Mounted("nfs4", Source, "ro"), null, "mount_option = \"vers=4.0,ro\"");
        Assert.False(state.IsUnexpectedlyReadOnly);
        Assert.Equal("persist /data for the next boot", (await PlanAsync(state, repair: true))?.Make([], []).Summary);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Foreign_line_of_fstab_is_a_conflict(bool repair)
    {
        _node.Write("/etc/fstab", "UUID=1234 /data ext4 defaults 0 2\n");
        Assert.True((await PlanAsync(State(null), repair))!.IsRefusal);
    }

    private static MountEntry Mounted(string type, string source, string options = "rw") =>
        new(2, 1, "0:70", "/", "/data", type, source, options);

    private MountPointState State(MountEntry? mounted, ErrorCode? code = null, string more = "")
    {
        var context = Context(more);
        var boot = BootMount.Read(_node.Root, FstabWriter.Read(_node.Root), MountTree.Read());
        return new(
            "/data", "/data", _node.On("/data"), context.Driver(context.Config.Storage[0]), true, mounted, null,
            mounted is null ? null : new MountResponse(null, code, ""), boot, null);
    }

    private DriverContext Context(string more = "")
    {
        var toml = $"{TemporaryNode.Config}[[cfs]]\nlocal_path = \"/data\"\nremote_path = \"{Source}\"\nprotocol = \"NFS 4.0\"\n{more}\n";
        var config = ConfigLoader.Load(toml, "test.toml", new Dictionary<string, string>(), new ConfigOverrides(), _ => "");
        return DriverContext.Create(config.Config, _node.Root);
    }

    private async Task<PlannedMount?> PlanAsync(MountPointState state, bool repair, bool isUnmountedBefore = false)
    {
        var context = Context();
        var planner = new MountPlanner(context, new StorageState(context)) { Repair = repair };
        return await planner.PlanAsync(state, isUnmountedBefore, _warnings, TestContext.Current.CancellationToken);
    }
}
