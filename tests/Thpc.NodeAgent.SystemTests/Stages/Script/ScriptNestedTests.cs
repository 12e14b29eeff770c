namespace Thpc.NodeAgent.SystemTests.Stages.Script;

/// <summary>Commands of the agent that an init script calls.</summary>
public sealed class ScriptNestedTests : IDisposable
{
    private readonly TemporaryNode _node = new();

    public void Dispose() => _node.Dispose();

    public static TheoryData<string> Commands =>
    [
        "bootstrap", "script check", "script run", "storage add", "storage remove /data", "packages install", "image prep --yes",
        "status --wait",
    ];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Command_that_would_wait_for_run_fails_inside_script(string command)
    {
        Needs.RootUser();
        _node.Write("/etc/os-release", "ID=debian\n");
        _node.AddScript(
            "a.sh", $"#!/bin/sh\necho $PPID\nsh -c '{Agent.Executable} {command} --root {_node.Directory}; echo exit $?' 2>&1\n");
        Assert.Equal(0, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        var log = _node.Log();
        var name = string.Join(' ', command.Split(' ').Where(word => word[0] != '/' && word != "--yes"));
        Assert.Contains(
            $"SCRIPT_NESTED: `thpc-node-agent {name}` was called from within the init script (pid ", log, StringComparison.Ordinal);
        Assert.Contains($") that `thpc-node-agent bootstrap`, pid {log.Split('\n')[0]}, since ", log, StringComparison.Ordinal);
        Assert.Contains("systemd-run sh -c 'thpc-node-agent status --wait; COMMAND'", log, StringComparison.Ordinal);
        Assert.DoesNotContain("BUSY", log, StringComparison.Ordinal);
        Assert.EndsWith("exit 4\n", log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("status", 4)]
    [InlineData("config check", 0)]
    [InlineData("bootstrap --dry-run", 0)]
    public async Task Command_that_does_not_wait_works_inside_script(string command, int exitCode)
    {
        Needs.RootUser();
        _node.AddScript("a.sh", $"#!/bin/sh\n{Agent.Executable} {command} --root {_node.Directory} >/dev/null 2>&1\necho exit $?\n");
        Assert.Equal(0, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        Assert.Equal($"exit {exitCode}\n", _node.Log());
    }

    [Fact]
    public async Task Background_process_of_script_may_wait_for_run()
    {
        Needs.RootUser();
        _node.MakeFifo("go");
        _node.AddScript("1.sh", $$"""
            #!/bin/sh
            script=$$
            (
                while kill -0 $script 2>/dev/null; do sleep 0.02; done
                echo go > {{_node.On("/go")}}
                {{Agent.Executable}} status --wait --root {{_node.Directory}} > {{_node.On("/output")}} 2>&1
                echo $? > {{_node.On("/status.new")}}
                mv {{_node.On("/status.new")}} {{_node.On("/status")}}
            ) > /dev/null 2>&1 &
            """);
        _node.AddScript("2.sh", $"#!/bin/sh\nread line < {_node.On("/go")}\n");
        Assert.Equal(0, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        await ScriptNodes.WaitForFileAsync(_node.On("/status"));
        Assert.Equal("0\n", _node.Read("/status"));
        Assert.DoesNotContain("SCRIPT_NESTED", _node.Read("/output"), StringComparison.Ordinal);
    }
}
