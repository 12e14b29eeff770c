using CsCheck;
using Thpc.NodeAgent.BootChain;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Units;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.Tests.BootChain;

/// <summary>The virtual machine is the one of the boot test, with Debian 12's systemd 252; its times are rounded.</summary>
public sealed class BootLinksTests
{
    private const long Second = 1_000_000;
    private static readonly string[] Names = ["a", "b", "c", "cloud-init", "thpc-node-agent", "slurmd", "network-online"];
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 1, 0, 0, TimeSpan.Zero);

    private static string Manager(long firmware = 0, long loader = 0, long initrd = 0, long systemd = 9 * Second, string kernel = "Mon") =>
        $"FirmwareTimestampMonotonic={firmware}\nLoaderTimestampMonotonic={loader}\nKernelTimestamp={kernel}\n"
        + $"InitRDTimestampMonotonic={initrd}\nUserspaceTimestampMonotonic={systemd}\n";

    private static string Unit(string name, long start, long end, string after, string endOf = "ActiveEnter") =>
        $"Id={name}\nAfter={after}\nInactiveExitTimestampMonotonic={start}\n{endOf}TimestampMonotonic={end}\n"
        + $"ConditionTimestampMonotonic={start}\n";

    private static string Skipped(string name, long tested, string after) =>
        $"Id={name}\nAfter={after}\nInactiveExitTimestampMonotonic=0\nConditionTimestampMonotonic={tested}\n";

    private static string Units(params string[] units) => string.Join("\n", units);

    private static readonly string Ordinary = Units(
        Unit("sysinit.target", 12 * Second, 12 * Second, "slow.service"),
        Unit("slow.service", 10 * Second, 12 * Second, "-.mount"),
        Unit("systemd-networkd-wait-online.service", 12 * Second, 20 * Second, "sysinit.target"),
        Unit("network-online.target", 20 * Second, 20 * Second, "systemd-networkd-wait-online.service"),
        Unit("cloud-init.service", 20 * Second, 22 * Second, "network-online.target sysinit.target", "ActiveExit"),
        Unit("thpc-node-agent.service", 22 * Second, 40 * Second, "network-online.target cloud-init.service basic.target"),
        Unit("munge.service", 13 * Second, 14 * Second, "sysinit.target"),
        Unit("slurmd.service", 40 * Second, 40 * Second, "thpc-node-agent.service munge.service"));

    private static readonly Report Run = new()
    {
        AgentVersion = "1",
        RunId = "1",
        ClusterId = "hpc-1",
        NodeRole = "COMPUTE",
        StartedAt = Now,
        Outcome = RunOutcome.Succeeded,
        DurationMs = 17_500,
        Stages =
        [
            new StageReport("packages", Outcome.Succeeded, null, 1000, 4000, []),
            new StageReport("script", Outcome.Succeeded, null, 5000, 6000, []),
            new StageReport("mount", Outcome.Succeeded, null, 11_000, 6000, []),
        ],
    };

    private static readonly SlurmdLog Slurmd = new(42 * Second, 43 * Second, 50 * Second, null);

    private static BootReport Links(
        string manager, string units, AgentRun? run = null, SlurmdLog? slurmd = null, long nowUs = 60 * Second, long initrdUs = 0)
    {
        var times = BootTimes.Parse(manager, units)!;
        return BootLinks.From(times with { InitrdUs = Math.Max(times.InitrdUs, initrdUs) }, run, slurmd, nowUs, Now);
    }

    private static BootReport Whole(string manager, long initrdUs = 0) =>
        Links(manager, Ordinary, initrdUs: initrdUs, run: new AgentRun((22 * Second) + 200_000, IsAlive: false, Run), slurmd: Slurmd);

    private static string Text(BootReport boot) =>
        string.Join(" ", boot.Links.Select(link => $"{link.Name}{(link.Unit is null ? "" : ":" + link.Unit)}={link.DurationMs}"));

    [Fact]
    public void Links_follow_the_chain_of_units_from_power_on_to_the_first_job()
    {
        var boot = Whole(Manager(firmware: 5 * Second, loader: 2 * Second, initrd: 6 * Second));
        Assert.Equal(
            "firmware=3000 loader=2000 kernel=6000 initrd=3000 systemd=1000 units:slow.service=2000 "
                + "network:systemd-networkd-wait-online.service=8000 cloud-init:cloud-init.service=2000 "
                + "agent:thpc-node-agent.service=200 agent=1000 packages=4000 script=6000 mount=6000 agent=500 "
                + "agent:thpc-node-agent.service=300 slurmd:slurmd.service=2000 registration=1000 first-job=7000",
            Text(boot));
        Assert.Equal(55_000, boot.DurationMs);
        Assert.Equal(Now.AddSeconds(-65), boot.StartedAt);
    }

    [Theory]
    [InlineData("firmware")]
    [InlineData("loader")]
    [InlineData("kernel")]
    [InlineData("initrd")]
    [InlineData("systemd")]
    public void Delay_before_the_first_unit_is_charged_to_its_link_only(string delayed)
    {
        long Later(params string[] links) => links.Contains(delayed) ? 3 * Second : 0;

        // Times after the delay move: those before the kernel are counted back from it.
        var shift = Later("kernel", "initrd", "systemd");
        string Shifted(string units) => string.Join('\n', units.Split('\n').Select(line =>
            line.Split('=') is [var name, var value] && name.EndsWith("Monotonic", StringComparison.Ordinal)
                ? $"{name}={long.Parse(value, null) + shift}" : line));
        BootReport Boot(bool isDelayed) => Links(
            isDelayed
                ? Manager(
                    firmware: (5 * Second) + Later("firmware", "loader"), loader: (2 * Second) + Later("loader"),
                    initrd: (6 * Second) + Later("kernel"), systemd: (9 * Second) + Later("kernel", "initrd"))
                : Manager(firmware: 5 * Second, loader: 2 * Second, initrd: 6 * Second),
            isDelayed ? Shifted(Ordinary) : Ordinary);
        var (usual, late) = (Boot(isDelayed: false), Boot(isDelayed: true));
        Assert.All(BootLinkNames.All, name => Assert.Equal(usual.Total(name) + (name == delayed ? 3000 : 0), late.Total(name)));
    }

    [Fact]
    public void Initrd_without_systemd_starts_where_the_kernel_logs_it()
    {
        var boot = Whole(Manager(), initrdUs: 4 * Second);
        Assert.Equal((4000, 5000), (boot.Total(BootLinkNames.Kernel), boot.Total(BootLinkNames.Initrd)));
        Assert.Equal((9000, 0), (Whole(Manager()).Total(BootLinkNames.Kernel), Whole(Manager()).Total(BootLinkNames.Initrd)));
    }

    [Fact]
    public void Container_starts_with_systemd()
    {
        var boot = Whole(Manager(kernel: "", firmware: 0), initrdUs: 4 * Second);
        Assert.Equal("systemd", boot.Links[0].Name);
        Assert.Equal(Now.AddSeconds(-51), boot.StartedAt);
    }

    [Fact]
    public void Slurmd_that_waits_for_another_unit_than_the_agent_is_charged_to_that()
    {
        var units = Ordinary.Replace($"={14 * Second}", $"={45 * Second}", StringComparison.Ordinal)
            .Replace("Id=slurmd.service\nAfter=thpc-node-agent.service munge.service\nInactiveExitTimestampMonotonic=40000000\n"
                + "ActiveEnterTimestampMonotonic=40000000", "Id=slurmd.service\nAfter=thpc-node-agent.service munge.service\n"
                + "InactiveExitTimestampMonotonic=45000000\nActiveEnterTimestampMonotonic=45000000", StringComparison.Ordinal);
        Assert.EndsWith(
            "units:slow.service=2000 wait=1000 units:munge.service=32000", Text(Links(Manager(), units)), StringComparison.Ordinal);
    }

    [Fact]
    public void Slurmd_that_was_held_back_does_not_end_the_chain()
    {
        var units = Units(
            Unit("sysinit.target", 12 * Second, 12 * Second, ""),
            Unit("thpc-node-agent.service", 12 * Second, 14 * Second, "sysinit.target", "InactiveEnter"),
            Skipped("slurmd.service", 14 * Second, "thpc-node-agent.service"));
        Assert.EndsWith("agent:thpc-node-agent.service=2000", Text(Links(Manager(), units)), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_by_hand_after_a_failed_one_is_shown_and_what_lies_between_is_a_wait()
    {
        var units = Units(
            Unit("sysinit.target", 12 * Second, 12 * Second, ""),
            Unit("thpc-node-agent.service", 12 * Second, 14 * Second, "sysinit.target", "InactiveEnter"),
            Unit("slurmd.service", 38 * Second, 38 * Second, "thpc-node-agent.service"));
        var run = new AgentRun(20 * Second, IsAlive: false, Run);
        Assert.EndsWith(
            "agent:thpc-node-agent.service=2000 wait=6000 agent=1000 packages=4000 script=6000 mount=6000 agent=500 wait=500 "
                + "slurmd:slurmd.service=4000 registration=1000 first-job=7000",
            Text(Links(Manager(), units, run: run, slurmd: Slurmd)), StringComparison.Ordinal);
    }

    [Fact]
    public void Restart_of_slurmd_long_after_the_boot_does_not_lengthen_the_boot()
    {
        var units = Ordinary.Replace(
            "InactiveExitTimestampMonotonic=40000000\nActiveEnterTimestampMonotonic=40000000",
            "InactiveExitTimestampMonotonic=90000000000\nActiveEnterTimestampMonotonic=90000000000", StringComparison.Ordinal);
        var boot = Links(Manager(), units, slurmd: Slurmd, nowUs: 100_000 * Second);
        Assert.Equal(50_000, boot.DurationMs);
        Assert.EndsWith("slurmd:slurmd.service=2000 registration=1000 first-job=7000", Text(boot), StringComparison.Ordinal);
    }

    [Fact]
    public void Boot_in_progress_ends_with_the_unit_that_the_agent_waits_for()
    {
        var units = Units(
            Unit("sysinit.target", 12 * Second, 12 * Second, ""),
            Unit("systemd-networkd-wait-online.service", 12 * Second, 0, "sysinit.target"),
            Unit("unrelated.service", 11 * Second, 0, "sysinit.target"),
            Unit("network-online.target", 0, 0, "systemd-networkd-wait-online.service"),
            Unit("thpc-node-agent.service", 0, 0, "network-online.target sysinit.target"),
            Unit("multi-user.target", 0, 0, "thpc-node-agent.service"));
        Assert.EndsWith("network:systemd-networkd-wait-online.service=48000", Text(Links(Manager(), units)), StringComparison.Ordinal);
    }

    [Fact]
    public void Unit_that_cloud_init_starts_is_charged_to_it_until_then()
    {
        var units = Units(
            Unit("basic.target", 12 * Second, 12 * Second, ""),
            Unit("cloud-final.service", 13 * Second, 30 * Second, "basic.target"),
            Unit("thpc-node-agent.service", 18 * Second, 40 * Second, "basic.target"));
        Assert.EndsWith(
            "wait=1000 cloud-init:cloud-final.service=5000 agent:thpc-node-agent.service=22000", Text(Links(Manager(), units)),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Stage_in_progress_lasts_until_now_and_that_of_a_killed_run_until_the_end_of_its_unit()
    {
        var report = Run with { Outcome = RunOutcome.Running, CurrentStage = "script", Stages = [Run.Stages[0]] };
        var units = Units(Unit("thpc-node-agent.service", 12 * Second, 30 * Second, "", "InactiveEnter"));
        var killed = Links(Manager(), units, run: new AgentRun(12 * Second, IsAlive: false, report));
        Assert.EndsWith("packages=4000 script=13000", Text(killed), StringComparison.Ordinal);
        var starting = Units(Unit("thpc-node-agent.service", 12 * Second, 0, ""));
        var alive = Links(Manager(), starting, run: new AgentRun(12 * Second, IsAlive: true, report));
        Assert.EndsWith("packages=4000 script=43000", Text(alive), StringComparison.Ordinal);
    }

    [Fact]
    public void Stages_beside_each_other_are_all_drawn_at_their_times()
    {
        var report = Run with
        {
            DurationMs = 9000,
            Stages =
            [
                new StageReport("script", Outcome.Succeeded, null, 1000, 6000, []),
                new StageReport("mount", Outcome.Succeeded, null, 1000, 5000, []),
            ],
        };
        var units = Units(Unit("thpc-node-agent.service", 12 * Second, 22 * Second, ""));
        var boot = Links(Manager(), units, run: new AgentRun(12 * Second, IsAlive: false, report));
        Assert.EndsWith("script=6000 agent=2000 agent:thpc-node-agent.service=1000", Text(boot), StringComparison.Ordinal);
        var rows = BootTimeline.From(boot, report, isAlive: false, null, Now, TimeZoneInfo.Utc, Language.English).Rows;
        Assert.Equal(
            [("script", 13_000L, 19_000L), ("mount", 13_000L, 18_000L)],
            rows.Where(row => row.Name is "script" or "mount").Select(row => (row.Name, row.FromMs, row.ToMs)));
    }

    [Fact]
    public void Without_times_of_systemd_there_is_no_boot() => Assert.Null(BootTimes.Parse("", Ordinary));

    [Fact]
    public void Links_follow_each_other_at_any_times()
    {
        var time = Gen.Long[1, 60 * Second];
        var after = Gen.Int[0, Names.Length - 1].Select(i => Names[i]).Array[0, 4]
            .Select(names => string.Join(' ', names.Select(name => name + ".service")));
        var unit = Gen.Select(
            Gen.Int[0, Names.Length - 1].Select(i => Names[i]), time, time, after,
            (name, start, end, others) => Unit(name + ".service", start, end, others));
        var log = Gen.Select(time, time, time, (asks, registered, job) => new SlurmdLog(asks, registered, job, null));
        Gen.Select(unit.Array[0, 8], time, time, log, Gen.Bool).Sample((units, systemd, start, slurmd, alive) =>
        {
            var run = new AgentRun(start, alive, Run);
            var boot = Links(Manager(firmware: 7, loader: 5, systemd: systemd), Units(units), run, slurmd, initrdUs: 3 * Second);
            var at = 0L;
            foreach (var link in boot.Links)
            {
                Assert.Equal(at, link.FromMs);
                Assert.True(link.DurationMs > 0);
                at += link.DurationMs;
            }

            Assert.Equal(at, boot.DurationMs);
            Assert.NotEmpty(BootTimeline.From(boot, Run, alive, null, Now, TimeZoneInfo.Utc, Language.English).Lines!);
        });
    }
}
