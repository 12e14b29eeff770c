using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Host.Units;

namespace Thpc.NodeAgent.Tests.Host.Units;

public sealed class SystemdJobsTests
{
    private const string Agent = "thpc-node-agent.service";
    private static readonly SystemdJobs AtBoot =
        new(SystemdJobs.ParseJobs(SystemdOutput.Jobs), SystemdJobs.ParseAfter(SystemdOutput.After));

    [Fact]
    public void Jobs_are_parsed_from_systemctl()
    {
        Assert.Equal(7, AtBoot.Jobs.Count);
        Assert.Contains(new SystemdJob("slurmd.service", "start", "waiting"), AtBoot.Jobs);
        Assert.True(AtBoot.IsStarting(Agent));
        Assert.False(AtBoot.IsStarting("slurmd.service"));
        Assert.False(AtBoot.IsStarting("sshd.service"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("No jobs running.\n")]
    [InlineData("Failed to connect to bus: No such file or directory\n")]
    public void Invalid_job_list_is_empty(string output) => Assert.Empty(SystemdJobs.ParseJobs(output));

    [Theory]
    [InlineData("slurmd.service", "slurmd.service thpc-node-agent.service")]
    [InlineData("multi-user.target", "multi-user.target thpc-node-agent.service")]
    [InlineData("cloud-final.service", "cloud-final.service multi-user.target thpc-node-agent.service")]
    [InlineData(Agent, Agent)]
    [InlineData("munge.service", null)]
    [InlineData("nosuch.service", null)]
    public void Order_ends_at_the_starting_unit(string waiting, string? order) =>
        Assert.Equal(order, AtBoot.OrderBetween(waiting, Agent) is { } found ? string.Join(' ', found) : null);

    [Theory]
    [InlineData("1 a.service start waiting\n2 b.service start waiting\n3 own.service start running", "a.service b.service own.service")]
    [InlineData("1 a.service restart waiting\n2 b.service start waiting\n3 own.service restart running", "a.service b.service own.service")]
    [InlineData("1 a.service start running\n2 b.service start waiting\n3 own.service start running", null)]
    [InlineData("1 a.service start waiting\n2 b.service start running\n3 own.service start running", null)]
    [InlineData("1 a.service stop waiting\n2 b.service start waiting\n3 own.service start running", null)]
    [InlineData("1 a.service start waiting\n3 own.service start running", null)]
    public void Only_waiting_jobs_delay_others(string jobs, string? order)
    {
        var state = new SystemdJobs(
            SystemdJobs.ParseJobs(jobs),
            SystemdJobs.ParseAfter("Id=a.service\nAfter=x.target b.service\n\nId=b.service\nAfter=a.service own.service\n"));
        Assert.Equal(order, state.OrderBetween("a.service", "own.service") is { } found ? string.Join(' ', found) : null);
    }

    [Theory]
    [InlineData("0::/system.slice/thpc-node-agent.service", Agent)]
    [InlineData("1:name=systemd:/system.slice/cloud-final.service\n2:cpu:/x.service", "cloud-final.service")]
    [InlineData("9:name=systemd:/\n0::/system.slice/thpc-node-agent.service", Agent)]
    [InlineData("0::/system.slice/system-job.slice/job@1.service/payload", "job@1.service")]
    [InlineData("0::/user.slice/user-0.slice/session-1.scope", null)]
    [InlineData("2:cpu:/x.service\n0::/", null)]
    [InlineData("", null)]
    public void Own_unit_is_the_service_of_the_control_group(string cgroups, string? unit) =>
        Assert.Equal(unit, SystemdJobs.UnitOf(cgroups));

    [Theory]
    [InlineData("systemctl restart slurmd", "slurmd.service",
        "slurmd.service; slurmd.service is ordered After=thpc-node-agent.service, whose start waits for this script")]
    [InlineData(
        "cloud-init status --wait",
        "cloud-final.service",
        "cloud-final.service; cloud-final.service is ordered After=multi-user.target, multi-user.target is ordered "
            + "After=thpc-node-agent.service, whose start waits for this script")]
    [InlineData("systemctl is-system-running --wait", "",
        "the end of the boot, and so for the start of thpc-node-agent.service, which waits for this script")]
    [InlineData("systemctl start thpc-node-agent", Agent, "the start of thpc-node-agent.service, which waits for this script")]
    public void Deadlock_names_the_order(string command, string unit, string reason) =>
        Assert.Equal(reason, Find(Agent, AtBoot, command, unit)?.Reason.English);

    [Fact]
    public void Unit_that_is_not_ordered_after_it_is_no_deadlock() =>
        Assert.Null(Find(Agent, AtBoot, "systemctl restart munge", "munge.service"));

    [Theory]
    [InlineData("systemctl restart slurmd", "slurmd.service")]
    [InlineData("systemctl is-system-running --wait", "")]
    public void No_deadlock_if_the_own_unit_is_not_starting(string command, string unit) =>
        Assert.Null(Find("tat_agent.service", AtBoot, command, unit));

    private static Deadlock? Find(string own, SystemdJobs jobs, string command, string unit) =>
        Deadlock.Find(
            own, jobs,
            [new SystemdWaitingCall(new ProcessEntry(7, 1, 7, 7, 'S', 1), command, SystemdWait.Parse(command.Split(' '))!, null)],
            _ => [unit]);
}
