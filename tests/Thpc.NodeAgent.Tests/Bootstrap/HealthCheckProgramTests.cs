using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Tests.Support;

namespace Thpc.NodeAgent.Tests.Bootstrap;

/// <summary>images/slurm/thpc-health-check with a controller that is a file; with a real one it is in tests/node.</summary>
public sealed class HealthCheckProgramTests : IDisposable
{
    private const string Silent = "MOUNT_TIMEOUT /data: it is silent";
    private const string Good = "ok: /data";
    private const string Drained = "IDLE+DRAIN thpc: MOUNT_TIMEOUT /data";
    private readonly TemporaryNode _node = new();

    public HealthCheckProgramTests()
    {
        Needs.RootUser();

        // State and reason in two files; `show` prints them as scontrol does, `update` notes what it was asked and changes them.
        Program("scontrol", $"cd '{_node.Directory}' || exit 1\n" + """
            [ ! -e silent ] || exec sleep 100
            echo "$1" >>asked
            if [ "$1" = show ]; then
                printf 'NodeName=node417 Arch=x86_64 CoresPerSocket=1 \n   State=%s ThreadsPerCore=1\n' "$(cat state)"
                [ ! -s reason ] || printf '   Reason=%s [root@2026-01-02T03:04:05]\n' "$(cat reason)"
                exit
            fi
            for word; do
                case $word in
                    state=drain) echo IDLE+DRAIN >state ;;
                    state=resume) echo IDLE >state; : >reason ;;
                    reason=*) echo "${word#reason=}" >reason ;;
                esac
            done
            """);
        State("IDLE");
    }

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task A_sick_node_is_drained_once_with_the_reason()
    {
        Assert.Equal(Drained, await CheckAsync(Silent));
        _node.Write("/asked", "");
        Assert.Equal(Drained, await CheckAsync(Silent));
        Assert.Equal("show\n", _node.Read("/asked"));
    }

    [Fact]
    public async Task A_node_that_is_not_ready_is_drained_with_the_code_of_the_run() =>
        Assert.Equal("IDLE+DRAIN thpc: NODE_NOT_READY SCRIPT_FAILED", await CheckAsync("NODE_NOT_READY SCRIPT_FAILED: the run failed: exit code 7"));

    [Fact]
    public async Task Another_reason_of_its_own_replaces_the_first()
    {
        await CheckAsync(Silent);
        Assert.Equal("IDLE+DRAIN thpc: MOUNT_STALE /data", await CheckAsync("MOUNT_STALE /data: stale"));
    }

    [Fact]
    public async Task It_resumes_what_it_drained_after_two_good_checks_in_a_row()
    {
        await CheckAsync(Silent);
        Assert.Equal(Drained, await CheckAsync(Good));
        Assert.Equal(Drained, await CheckAsync(Silent));
        Assert.Equal(Drained, await CheckAsync(Good));
        Assert.Equal("IDLE", await CheckAsync(Good));
    }

    [Theory]
    [InlineData("IDLE+DRAIN", "replaced disk, ticket 5")]
    [InlineData("MIXED+DRAIN", "thpc: MOUNT_TIMEOUT /data, ticket 5")]
    [InlineData("IDLE+DRAIN", "thpc: MOUNT_MISSING /data")]
    public async Task The_drain_of_somebody_else_is_left_alone(string state, string reason)
    {
        State(state, reason);
        foreach (var health in (string[])[Silent, Good, Good, Good])
        {
            Assert.Equal($"{state} {reason}", await CheckAsync(health));
        }
    }

    [Fact]
    public async Task A_reason_that_somebody_changed_is_not_its_own_any_more()
    {
        await CheckAsync(Silent);
        State("IDLE+DRAIN", "thpc: MOUNT_TIMEOUT /data, ticket 5");
        await CheckAsync(Good);
        await CheckAsync(Good);
        Assert.Equal("IDLE+DRAIN thpc: MOUNT_TIMEOUT /data, ticket 5", await CheckAsync(Good));
    }

    [Fact]
    public async Task One_line_switches_resuming_off()
    {
        _node.Write("/default", "RESUME=no\n");
        await CheckAsync(Silent);
        await CheckAsync(Good);
        await CheckAsync(Good);
        Assert.Equal(Drained, await CheckAsync(Good));
    }

    [Fact]
    public async Task Where_Slurm_says_that_the_node_takes_jobs_nothing_is_asked()
    {
        Assert.Equal(Drained, await CheckAsync(Silent, "yes"));
        Assert.Equal("update\n", _node.Read("/asked"));
    }

    [Fact]
    public async Task Where_Slurm_says_that_a_node_it_drained_takes_jobs_again_the_drain_is_forgotten()
    {
        await CheckAsync(Silent);
        State("IDLE");
        await CheckAsync(Good, "yes");
        State("IDLE+DRAIN", "thpc: MOUNT_TIMEOUT /data");
        await CheckAsync(Good, "no");
        Assert.Equal(Drained, await CheckAsync(Good, "no"));
    }

    /// <summary>Slurm runs it before slurmd registers, when the controller may be silent, and ends it after 60 seconds.</summary>
    [Fact]
    public async Task A_controller_that_is_silent_does_not_hold_it_up()
    {
        _node.Write("/silent", "");
        var start = TimeProvider.System.GetTimestamp();
        await CheckAsync(Silent);
        Assert.InRange(TimeProvider.System.GetElapsedTime(start).TotalSeconds, 0, 40);
    }

    [Fact]
    public async Task Without_a_configuration_nothing_happens() => Assert.Equal("IDLE", await CheckAsync(""));

    private void State(string state, string reason = "")
    {
        _node.Write("/state", state);
        _node.Write("/reason", reason);
    }

    private void Program(string name, string body)
    {
        const UnixFileMode Executable = UnixFileMode.UserRead | UnixFileMode.UserExecute;
        Directory.CreateDirectory(_node.On("/bin"));
        File.Delete(_node.On($"/bin/{name}"));
        File.SetUnixFileMode(_node.Write($"/bin/{name}", "#!/bin/sh\n" + body + "\n"), Executable);
    }

    /// <summary>Runs it once, with an agent that says this of the node's health, and returns state and reason as the controller has them then.</summary>
    private async Task<string> CheckAsync(string health, string? takesJobs = null)
    {
        Program("thpc-node-agent", $"echo '{health}'\necho 'MOUNT_MISSING /other: x'\nexit 5");
        foreach (var directory in (string[])["/var", "/run"])
        {
            Directory.CreateDirectory(_node.On(directory));
        }

        // In a mount namespace of its own: programs, state and settings are the node's.
        const string Script = """
            mount --bind "$1/bin" /usr/local/bin
            mkdir -p /var/lib/thpc-node-agent /etc/default; mount --bind "$1/var" /var/lib/thpc-node-agent
            mkdir -p /run/thpc-node-agent; mount --bind "$1/run" /run/thpc-node-agent
            if [ -e "$1/default" ]; then mount -t tmpfs default /etc/default && cp "$1/default" /etc/default/thpc-health-check; fi
            PATH=/usr/local/bin:$PATH SLURMD_NODENAME=node417 exec "$2"
            """;
        var environment = new Dictionary<string, string>(ChildProcess.PlainEnvironment);
        if (takesJobs is not null)
        {
            environment["SLURM_NODE_IS_HEALTHY"] = takesJobs;
        }

        var run = await ProgramRunner.RunAsync(
            ["unshare", "--mount", "--", "sh", "-ec", Script, "sh", _node.Directory, Path.Combine(Agent.Repository, "images/slurm/thpc-health-check")],
            TimeSpan.FromMinutes(2),
            TestContext.Current.CancellationToken,
            environment);
        Assert.True(run.ExitCode == 0, run.Output);
        return $"{_node.Read("/state").Trim()} {_node.Read("/reason").Trim()}".Trim();
    }
}
