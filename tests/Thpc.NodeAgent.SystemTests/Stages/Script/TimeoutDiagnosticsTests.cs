using System.Text.Json;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.SystemTests.Stages.Script;

/// <summary>Diagnostics of scripts that exceed their limit. All run in parallel, because each takes the minimum limit.</summary>
public sealed class TimeoutDiagnosticsTests(TimeoutDiagnosticsTests.Runs runs) : IClassFixture<TimeoutDiagnosticsTests.Runs>
{
    [Fact]
    public void Script_blocked_by_silent_share_names_share()
    {
        Needs.RootUser();
        Assert.Contains("; it was blocked in fuse on ", runs.OnShare.Message, StringComparison.Ordinal);
        Assert.Contains(
            runs.OnShare.Diagnostics!.Findings,
            words => words.StartsWith("blocked in fuse on ", StringComparison.Ordinal)
                && words.Contains("/share (pid ", StringComparison.Ordinal) && words.Contains(": cat ", StringComparison.Ordinal));
    }

    [Fact]
    public void Open_files_on_share_are_listed()
    {
        Needs.RootUser();
        Assert.Contains(
            runs.OnShare.Diagnostics!.Processes.SelectMany(process => process.NetworkFiles),
            file => file.StartsWith("open: ", StringComparison.Ordinal)
                && file.Contains("/share/open, fuse on ", StringComparison.Ordinal));
    }

    [Fact]
    public void Script_waiting_for_dpkg_names_lock_holder()
    {
        Needs.RootUser();
        Assert.Matches(@"waiting for the dpkg lock held by pid \d+ \(python3\)", runs.OnDpkg.Message);
    }

    [Fact]
    public void Script_waiting_for_lock_names_file_and_holder()
    {
        Needs.RootUser();
        Assert.Contains(
            runs.OnLock.Diagnostics!.Findings,
            words => words.StartsWith("waiting for the lock on /", StringComparison.Ordinal)
                && words.Contains("/a.lock held by pid ", StringComparison.Ordinal) && words.Contains("(sleep)", StringComparison.Ordinal));
    }

    [Fact]
    public void Script_waiting_to_connect_names_server()
    {
        Needs.RootUser();
        Assert.Matches(@"connecting to 127\.0\.0\.1:\d+, which does not answer", string.Join('\n', runs.OnServer.Diagnostics!.Findings));
    }

    [Fact]
    public void Process_tree_has_states_and_wait_channels()
    {
        Needs.RootUser();
        var processes = runs.OnLock.Diagnostics!.Processes;
        Assert.Contains("init-script-1", processes[0].Command, StringComparison.Ordinal);
        Assert.All(processes.Skip(1), process => Assert.Contains(processes, parent => parent.Pid == process.ParentPid));
        Assert.Contains(
            processes,
            process => process is { State: "S", WaitChannel: not null } && process.Command.StartsWith("flock ", StringComparison.Ordinal));
    }

    [Fact]
    public void Last_twenty_lines_are_included()
    {
        Needs.RootUser();
        Assert.Equal(Enumerable.Range(11, 20).Select(number => $"line {number}"), runs.OnLock.Diagnostics!.LastLines);
    }

    [Fact]
    public void Password_in_argument_is_redacted()
    {
        Needs.RootUser();
        Assert.Contains(
            runs.OnLock.Diagnostics!.Processes, process => process.Command.Contains("--password=[redacted]", StringComparison.Ordinal));
        Assert.DoesNotContain("hunter2", JsonSerializer.Serialize(runs.OnLock.Diagnostics) + runs.OnLockSaid, StringComparison.Ordinal);
    }

    [Fact]
    public void Log_and_status_show_diagnostics()
    {
        Needs.RootUser();
        string[] expected =
        [
            "when the time ran out, the script was", "waiting for the lock on", "its processes, with state and wait channel",
            "its last output", "line 30",
        ];
        foreach (var words in expected)
        {
            Assert.Contains(words, runs.OnLockSaid, StringComparison.Ordinal);
            Assert.Contains(words, runs.OnLockStatus, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void No_process_of_script_remains()
    {
        Needs.RootUser();
        Assert.DoesNotContain("left over", runs.OnLockSaid, StringComparison.Ordinal);
    }

#pragma warning disable CA1034 // It belongs to this class alone.
    public sealed class Runs : IAsyncLifetime
#pragma warning restore CA1034
    {
        private readonly List<TemporaryNode> _nodes = [];

        internal ErrorReport OnShare { get; private set; } = null!;

        internal ErrorReport OnDpkg { get; private set; } = null!;

        internal ErrorReport OnLock { get; private set; } = null!;

        internal ErrorReport OnServer { get; private set; } = null!;

        internal string OnLockSaid { get; private set; } = "";

        internal string OnLockStatus { get; private set; } = "";

        public async ValueTask InitializeAsync()
        {
            Needs.Program("bindfs");
            Needs.Program("python3");
            Needs.Program("flock");
            var share = RunAsync("until [ -e \"$S/stopped\" ]; do sleep 0.1; done\ncat \"$S/share/silent\"", """
                mkdir "$node/share" "$node/source"; echo x >"$node/source/open"; echo x >"$node/source/silent"
                bindfs -o attr_timeout=0,entry_timeout=0 "$node/source" "$node/share"
                (until [ -e "$node/started" ]; do sleep 0.05; done; kill -STOP $(pgrep -x bindfs); touch "$node/stopped") &
                """, "kill -KILL $(pgrep -x bindfs)", "exec 5<\"$S/share/open\"\n");
            var dpkg = RunAsync("echo 'Waiting for cache lock: Could not get lock /var/lib/dpkg/lock-frontend'\nsleep 100", """
                mount -t tmpfs none /var/lib/dpkg
                python3 -c 'import fcntl, signal; f = open("/var/lib/dpkg/lock-frontend", "w")
                fcntl.lockf(f, fcntl.LOCK_EX); open("'"$node"'/held", "w"); signal.pause()' &
                until [ -e "$node/held" ]; do sleep 0.05; done
                """);
            var held = RunAsync("for i in $(seq 30); do echo \"line $i\"; done\nexec 9>\"$S/a.lock\"\nbash -c 'flock \"$0\"; true' 9 "
                + "--password=hunter2", """
                exec 8>"$node/a.lock"; flock 8; sleep 100 & exec 8>&-
                """);
            var server = RunAsync("exec 3<>/dev/tcp/127.0.0.1/$(cat \"$S/port\")", """
                python3 -c 'import signal, socket
                s = socket.create_server(("127.0.0.1", 0), backlog=0)
                waiting = []
                for i in range(4):
                    c = socket.socket(); c.setblocking(False); c.connect_ex(s.getsockname()); waiting.append(c)
                open("'"$node"'/port.new", "w").write(str(s.getsockname()[1]))
                signal.pause()' &
                until [ -s "$node/port.new" ]; do sleep 0.05; done; mv "$node/port.new" "$node/port"
                """);
            (OnShare, OnDpkg, OnServer) = ((await share).Error, (await dpkg).Error, (await server).Error);
            (OnLock, OnLockSaid) = await held;
            OnLockStatus = (await Agent.RunAsync(_nodes[2], "status")).Output;
        }

        public ValueTask DisposeAsync()
        {
            _nodes.ForEach(node => node.Dispose());
            return ValueTask.CompletedTask;
        }

        /// <param name="script">$S is the node's root directory.</param>
        /// <param name="before">Bash commands, which run in private mount and process namespaces.</param>
        private async Task<(ErrorReport Error, string Said)> RunAsync(string script, string before, string after = "", string first = "")
        {
            var node = new TemporaryNode();
            _nodes.Add(node);
            node.AddScript("a.sh", $"#!/bin/bash\nS={node.Directory}\n{first}touch \"$S/started\"\n{script}\n", timeout: 10);
            await MountNamespace.RunAsync(
                node, $"{before}\nagent bootstrap\npgrep -f init-script-1 && echo 'left over' >>\"$node/errors\"\n{after}\n");
            return (node.ScriptError() ?? throw new InvalidDataException("the script did not fail"), node.Read("/errors"));
        }
    }
}
