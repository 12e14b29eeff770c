namespace Thpc.NodeAgent.SystemTests.Stages.Script;

/// <summary>
/// A disk below /var/log that is frozen by fsfreeze(8): a process that writes to it blocks in the kernel and cannot be killed.
/// </summary>
public sealed class StalledLogTests : IDisposable
{
    // Each command has a limit, so that the disk is always thawed: a process blocked by the frozen disk would outlive the test.
    private const string Disk = """
        truncate -s 64M "$node/disk" && mkfs.ext4 -q -F "$node/disk" && mkdir -p "$node/var/log" &&
            mount -o loop "$node/disk" "$node/var/log" || exit
        mkdir "$node/var/log/thpc-node-agent"
        thaw() { fsfreeze -u "$node/var/log" 2>/dev/null; }
        trap thaw EXIT
        bootstrap() { exec timeout --foreground -k 60 60 "$executable" bootstrap --root "$node" >"$node/said" 2>&1; }
        await() { for i in $(seq 3000); do "$@" && return; sleep 0.02; done; echo "not true: $*"; }
        written() { await eval '! pgrep -f "sh $node/var/log" >/dev/null && ! pgrep -f "write-script-log $node/" >/dev/null'; }
        log=$node/var/log/thpc-node-agent/init-script-1.log

        """;

    private readonly TemporaryNode _node = new();

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Limit_and_report_hold_and_log_follows_after_thaw()
    {
        _node.AddScript("a.sh", "#!/bin/sh\necho begun\nexec sleep 1000\n", timeout: 10);
        var output = await RunAsync("fsfreeze -f \"$node/var/log\"; (bootstrap); echo \"ended $?\"; cp "
            + "\"$node\"/var/lib/thpc-node-agent/report.json \"$node/frozen\"; thaw; written; cat \"$log\"");
        Assert.Equal("ended 124\nbegun\n", output);
        var error = _node.ScriptError();
        Assert.Equal("SCRIPT_TIMEOUT", error?.Code);
        Assert.Contains("last output: begun", error?.Message, StringComparison.Ordinal);
        Assert.Contains(
            "init-script-1.log is not complete: its disk accepts no writes: 6 bytes are pending or were dropped",
            _node.Read("/frozen"),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task TERM_ends_run()
    {
        _node.AddScript("a.sh", "#!/bin/sh\ntouch begun\nexec sleep 1000\n");
        var output = await RunAsync(
            "fsfreeze -f \"$node/var/log\"; bootstrap & await test -e \"$node/root/begun\"; kill -TERM $!; wait $!; echo \"ended $?\"");
        Assert.Equal("ended 143\n", output);
        Assert.Equal("INTERRUPTED", _node.ScriptError()?.Code);
    }

    [Fact]
    public async Task Script_succeeds_despite_frozen_disk()
    {
        _node.AddScript("a.sh", "#!/bin/sh\nyes | head -c 30000000\necho end\n");
        Assert.Equal("ended 0\n", await RunAsync("fsfreeze -f \"$node/var/log\"; (bootstrap); echo \"ended $?\""));
        Assert.Contains("its disk accepts no writes", _node.Report().Stages[1].Steps[1].Notes[^1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Log_reports_bytes_dropped_while_disk_was_frozen()
    {
        _node.AddScript("a.sh", "#!/bin/sh\nyes | head -c 30000000\ntouch printed\nuntil [ -e thawed ]; do sleep 0.05; done\necho end\n");
        var output = await RunAsync(
            "fsfreeze -f \"$node/var/log\"; bootstrap & await test -e \"$node/root/printed\"; thaw; await test -s \"$log\"; "
            + "touch \"$node/root/thawed\"; wait $!; echo \"ended $?\"; "
            + "grep -c \"^.* [0-9]* bytes dropped: the log's disk accepted no writes\" \"$log\"; tail -n 1 \"$log\"");
        Assert.Matches(@"\Aended 0\n[1-9][0-9]*\nend\n\z", output);
        Assert.Contains(
            " bytes were dropped because its disk accepted no writes for a while",
            _node.Report().Stages[1].Steps[1].Notes[^1].Text,
            StringComparison.Ordinal);
    }

    private Task<string> RunAsync(string commands)
    {
        foreach (var program in (string[])["fsfreeze", "mkfs.ext4", "losetup"])
        {
            Needs.Program(program);
        }

        _node.Configure("[script]\nkill_grace = 1");
        return MountNamespace.RunAsync(_node, Disk + commands + "\n");
    }
}
