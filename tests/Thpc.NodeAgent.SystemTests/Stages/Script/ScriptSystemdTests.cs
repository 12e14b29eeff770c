using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.SystemTests.Stages.Script;

/// <summary>
/// Scripts on a machine with systemd. A stand-in for systemctl gives recorded answers and hangs where the real one would wait for a job.
/// tests/node uses the real one.
/// </summary>
public sealed class ScriptSystemdTests : IDisposable
{
    private readonly List<Machine> _machines = [];

    public void Dispose() => _machines.ForEach(machine => machine.Dispose());

    [Theory]
    [InlineData("systemctl restart slurmd")]
    [InlineData("exec systemctl start slurmd")]
    [InlineData("systemctl restart slurmd & wait")]
    [InlineData("(perl -MPOSIX -e 'exit if fork; POSIX::setsid(); exec \"sleep\", \"1000\"') </dev/null >/dev/null 2>&1; systemctl "
        + "restart slurmd")]
    [InlineData("exec > >(tee -a /srv/site.log) 2>&1; systemctl restart slurmd")]
    public async Task Deadlocked_script_is_killed(string script)
    {
        var machine = await RunAsync($"echo begin\n{script}");
        Assert.Equal((1, "SCRIPT_DEADLOCK"), (machine.ExitCode, machine.Error?.Code));
        Assert.Contains(
            " waits for slurmd.service; slurmd.service is ordered After=thpc-node-agent.service, whose start waits for this script",
            machine.Error!.Message, StringComparison.Ordinal);
        Assert.EndsWith("last output: begin", machine.Error.Message, StringComparison.Ordinal);
        Assert.Contains("--no-block", machine.Error.Hint, StringComparison.Ordinal);
        Assert.Equal("0", machine.Left);
    }

    [Fact]
    public async Task Waiting_for_end_of_boot_is_a_deadlock()
    {
        var machine = await RunAsync("systemctl is-system-running --wait");
        Assert.Equal((1, "SCRIPT_DEADLOCK"), (machine.ExitCode, machine.Error?.Code));
        Assert.Contains(
            "`/bin/sh /usr/local/sbin/systemctl is-system-running --wait` (pid ", machine.Error!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("systemctl --no-block restart slurmd; sleep 3")]
    [InlineData("systemctl restart slurmd & sleep 4; kill $!")]
    [InlineData("timeout 4 systemctl restart slurmd || true")]
    [InlineData("setsid --fork systemctl restart slurmd; sleep 4")]
    [InlineData("systemctl restart munge & sleep 4; kill $!; true")]
    public async Task Script_that_ends_by_itself_is_not_killed(string script)
    {
        var machine = await RunAsync(script);
        Assert.Equal((0, null), (machine.ExitCode, machine.Error?.Code));
    }

    [Fact]
    public async Task Without_systemd_job_script_may_wait()
    {
        var machine = await RunAsync("systemctl restart slurmd & sleep 4; kill $!; true", "sed -i /thpc-node-agent/d /srv/jobs");
        Assert.Equal((0, null), (machine.ExitCode, machine.Error?.Code));
    }

    [Fact]
    public async Task Silent_systemd_does_not_block_script()
    {
        var machine = await RunAsync(
            "systemctl restart slurmd & p=$!; (sleep 4; kill $p) & wait $p; true",
            "echo 'case $* in *list-jobs*) exec sleep 1000;; esac' >/srv/first");
        Assert.Equal((0, null), (machine.ExitCode, machine.Error?.Code));
    }

    [Theory]
    [InlineData("stopping", true)]
    [InlineData("running", false)]
    public async Task Script_has_grace_period_during_shutdown(string state, bool marked)
    {
        var machine = await RunAsync("kill -TERM $PPID; sleep 1; exit 0", $"echo {state} >/srv/state");
        Assert.Equal(marked, machine.IsMarked);
    }

    [Fact]
    public async Task Failure_during_shutdown_is_recorded()
    {
        var machine = await RunAsync("kill -TERM $PPID; sleep 1; exit 7", "echo stopping >/srv/state");
        Assert.Equal("SCRIPT_FAILED", machine.Error?.Code);
        Assert.False(machine.IsMarked);
    }

    [Fact]
    public async Task Script_that_the_shutdown_ends_is_interrupted()
    {
        var machine = await RunAsync("kill -TERM $PPID; sleep 1; kill -TERM $$", "echo stopping >/srv/state");
        Assert.Equal((143, "INTERRUPTED"), (machine.ExitCode, machine.Error?.Code));
        Assert.False(machine.IsMarked);
    }

    [Fact]
    public async Task Script_is_killed_after_grace_period()
    {
        var machine = await RunAsync("kill -TERM $PPID; exec sleep 1000", "echo stopping >/srv/state");
        Assert.Equal((143, "INTERRUPTED"), (machine.ExitCode, machine.Error?.Code));
        Assert.Equal("0", machine.Left);
        Assert.False(machine.IsMarked);
    }

    private async Task<Machine> RunAsync(string script, string prepare = "")
    {
        Needs.RootUser();
        var machine = new Machine();
        _machines.Add(machine);
        await machine.RunAsync(script, prepare);
        return machine;
    }

    private sealed class Machine : IDisposable
    {
        private const string Setup = """
            set -e
            out=$1 cgroup=$2 executable=$3
            mkdir -p "$cgroup"; echo $$ >"$cgroup/cgroup.procs"
            mount -t tmpfs tmpfs /mnt
            for place in etc var root srv usr/local; do
              mkdir -p "/mnt/$place.upper" "/mnt/$place.work"
              mount -t overlay overlay -o "lowerdir=/$place,upperdir=/mnt/$place.upper,workdir=/mnt/$place.work" "/$place"
            done
            mount -t tmpfs tmpfs /run; mkdir -p /run/systemd/system /etc/thpc
            rm -rf /var/lib/thpc-node-agent; : >/root/thpc_preinstalled.json
            cp "$out/systemctl" /usr/local/sbin/; chmod 755 /usr/local/sbin/systemctl
            cp "$out/config" /etc/thpc/node-agent.toml; cp "$out/a.sh" "$out/jobs" "$out/after" /srv
            echo starting >/srv/state; : >/srv/first
            . "$out/prepare"
            set +e
            "$executable" bootstrap >"$out/output" 2>&1; echo $? >"$out/end"
            ps -eo comm= | grep -cxE 'systemctl|sleep|tee|perl' >"$out/left"
            cp /var/lib/thpc-node-agent/report.json "$out/report"
            ls /var/lib/thpc-node-agent/scripts >"$out/scripts"
            """;

        // It is started through its shebang line, so the kernel also shows it as systemctl.
        private const string Systemctl = """
            #!/bin/sh
            . /srv/first
            case "$*" in
              *--no-block*) exit 0 ;;
              *list-jobs*) cat /srv/jobs ;;
              *After*) cat /srv/after ;;
              *'show -p Id -- '*) for unit; do :; done; echo "Id=${unit%.service}.service" ;;
              is-system-running) cat /srv/state; exit 1 ;;
              *reset-failed* | show* | daemon-reload) exit 0 ;;
              *) while :; do sleep 0.2; done ;;
            esac
            """;

        private readonly string _out = Directory.CreateTempSubdirectory("thpc-systemd-").FullName;
        private readonly string _cgroup = Path.Combine(Cgroups(), $"thpc-test-{Guid.NewGuid():N}");

        public int ExitCode => int.Parse(Read("end"), System.Globalization.CultureInfo.InvariantCulture);

        public ErrorReport? Error => ReportJson.Read(File.ReadAllBytes(Path.Combine(_out, "report")))!.FirstError;

        public bool IsMarked => Read("scripts").Contains(".done", StringComparison.Ordinal);

        public string Left => Read("left");

        public async Task RunAsync(string script, string prepare)
        {
            Write("a.sh", $"#!/bin/bash\n{script}\n");
            Write("prepare", prepare + "\n");
            Write("systemctl", Systemctl);
            Write("jobs", SystemdOutput.Jobs);
            Write("after", SystemdOutput.After);
            Write("config",
                TemporaryNode.Config + "[script]\nkill_grace = 10\n[[init_script]]\nscript_path = \"file:///srv/a.sh\"\ntimeout = 60\n");
            var run = await ProgramRunner.RunAsync(
                ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "bash", "-c", Setup, "bash", _out,
                    Path.Combine(_cgroup, "thpc-node-agent.service"), Agent.Executable],
                TimeSpan.FromMinutes(3),
                TestContext.Current.CancellationToken);
            Assert.True(run.Succeeded, run.Output + (File.Exists(Path.Combine(_out, "output")) ? Read("output") : ""));
        }

        public void Dispose()
        {
            Directory.Delete(_out, recursive: true);
            foreach (var group in (string[])[Path.Combine(_cgroup, "thpc-node-agent.service"), _cgroup])
            {
                // Its processes have ended; the kernel may need a moment to remove it.
                SpinWait.SpinUntil(() => !Directory.Exists(group) || TryRemove(group), TimeSpan.FromSeconds(10));
            }
        }

        private static bool TryRemove(string group)
        {
            try
            {
                Directory.Delete(group);
                return true;
            }
            catch (IOException)
            {
                return false;
            }
        }

        private static string Cgroups() =>
            File.ReadLines("/proc/mounts").Select(line => line.Split(' ')).First(mount => mount[2] == "cgroup2")[1];

        private string Read(string name) => File.ReadAllText(Path.Combine(_out, name)).Trim();

        private void Write(string name, string text) => File.WriteAllText(Path.Combine(_out, name), text);
    }
}
