using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.SystemTests.Images;

/// <summary>images/slurm/thpc-health-check with a stand-in for scontrol. tests/node runs it with a real controller.</summary>
public sealed class HealthCheckProgramTests : IDisposable
{
    private const string Silent = "MOUNT_TIMEOUT /data: it is silent";
    private const string Good = "ok: /data";
    private const string Drained = "IDLE+DRAIN thpc: MOUNT_TIMEOUT /data";
    private readonly TemporaryNode _node = new();

    public HealthCheckProgramTests()
    {
        Needs.RootUser();

        // Keeps state and reason in two files. `show` prints them like scontrol; `update` logs its arguments and changes them.
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
    public async Task Unhealthy_node_is_drained_once_with_reason()
    {
        Assert.Equal(Drained, await CheckAsync(Silent));
        _node.Write("/asked", "");
        Assert.Equal(Drained, await CheckAsync(Silent));
        Assert.Equal("show\n", _node.Read("/asked"));
    }

    [Fact]
    public async Task Unready_node_is_drained_with_error_code_of_run() =>
        Assert.Equal(
            "IDLE+DRAIN thpc: NODE_NOT_READY SCRIPT_FAILED", await CheckAsync("NODE_NOT_READY SCRIPT_FAILED: the run failed: exit code 7"));

    [Fact]
    public async Task New_own_reason_replaces_old_one()
    {
        await CheckAsync(Silent);
        Assert.Equal("IDLE+DRAIN thpc: MOUNT_STALE /data", await CheckAsync("MOUNT_STALE /data: stale"));
    }

    [Fact]
    public async Task Own_drain_is_resumed_after_two_good_checks()
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
    public async Task Foreign_drain_is_kept(string state, string reason)
    {
        State(state, reason);
        foreach (var health in (string[])[Silent, Good, Good, Good])
        {
            Assert.Equal($"{state} {reason}", await CheckAsync(health));
        }
    }

    [Fact]
    public async Task Changed_reason_is_treated_as_foreign()
    {
        await CheckAsync(Silent);
        State("IDLE+DRAIN", "thpc: MOUNT_TIMEOUT /data, ticket 5");
        await CheckAsync(Good);
        await CheckAsync(Good);
        Assert.Equal("IDLE+DRAIN thpc: MOUNT_TIMEOUT /data, ticket 5", await CheckAsync(Good));
    }

    [Fact]
    public async Task Resuming_can_be_disabled()
    {
        _node.Write("/default", "RESUME=no\n");
        await CheckAsync(Silent);
        await CheckAsync(Good);
        await CheckAsync(Good);
        Assert.Equal(Drained, await CheckAsync(Good));
    }

    [Fact]
    public async Task Healthy_state_from_Slurm_avoids_queries()
    {
        Assert.Equal(Drained, await CheckAsync(Silent, "yes"));
        Assert.Equal("update\n", _node.Read("/asked"));
    }

    [Fact]
    public async Task Healthy_state_from_Slurm_clears_own_drain()
    {
        await CheckAsync(Silent);
        State("IDLE");
        await CheckAsync(Good, "yes");
        State("IDLE+DRAIN", "thpc: MOUNT_TIMEOUT /data");
        await CheckAsync(Good, "no");
        Assert.Equal(Drained, await CheckAsync(Good, "no"));
    }

    /// <summary>Slurm runs it before slurmd registers, when the controller may not answer, and kills it after 60 seconds.</summary>
    [Fact]
    public async Task Silent_controller_does_not_block()
    {
        _node.Write("/silent", "");
        var start = TimeProvider.System.GetTimestamp();
        await CheckAsync(Silent);
        Assert.InRange(TimeProvider.System.GetElapsedTime(start).TotalSeconds, 0, 40);
    }

    [Fact]
    public async Task Nothing_happens_without_configuration() => Assert.Equal("IDLE", await CheckAsync(""));

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

    /// <summary>Runs the program once with a stand-in for the agent that prints the given health.</summary>
    /// <returns>State and reason that the controller then has.</returns>
    private async Task<string> CheckAsync(string health, string? takesJobs = null)
    {
        Program("thpc-node-agent", $"echo '{health}'\necho 'MOUNT_MISSING /other: x'\nexit 5");
        foreach (var directory in (string[])["/var", "/run"])
        {
            Directory.CreateDirectory(_node.On(directory));
        }

        // In a separate mount namespace, with the test node's programs, state and settings.
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
            ["unshare", "--mount", "--", "sh", "-ec", Script, "sh", _node.Directory,
                Path.Combine(Repository.Root, "images/slurm/thpc-health-check")],
            TimeSpan.FromMinutes(2),
            TestContext.Current.CancellationToken,
            environment);
        Assert.True(run.ExitCode == 0, run.Output);
        return $"{_node.Read("/state").Trim()} {_node.Read("/reason").Trim()}".Trim();
    }
}
