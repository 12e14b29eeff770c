using System.Diagnostics;

namespace Thpc.NodeAgent.SystemTests.Cli;

public sealed class ExitCodeTests : IDisposable
{
    private readonly TemporaryNode _node = new();

    public void Dispose() => _node.Dispose();

    [Theory]
    [InlineData("bootstrap --no-such-option", "--no-such-option", "thpc-node-agent bootstrap --help")]
    [InlineData("no-such-command", "no-such-command", "thpc-node-agent --help")]
    [InlineData("bootstrap --script-timeout soon", "soon", "thpc-node-agent bootstrap --help")]
    [InlineData("status --log-format klingon", "klingon", "thpc-node-agent status --help")]
    public async Task Invalid_command_line_exits_2_and_names_help(string arguments, string what, string help)
    {
        var run = await Agent.RunAsync(_node, arguments.Split(' '));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(what, run.Errors, StringComparison.Ordinal);
        var lines = run.Errors.Split('\n');
        Assert.StartsWith("thpc-node-agent: CONFIG_INVALID: ", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("  → ", lines[1], StringComparison.Ordinal);
        Assert.Contains(help, lines[1], StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Fact]
    public async Task Invalid_configuration_exits_2_and_is_reported()
    {
        Needs.RootUser();
        _node.Configure("[cos]\ncredentials = \"magic\"\n[mount]\ntimeout = 0\nspeed = 1\n");
        var run = await Agent.RunAsync(_node, "bootstrap");
        Assert.Equal(2, run.ExitCode);
        foreach (var key in (string[])["credentials", "timeout", "speed"])
        {
            Assert.Contains(key, run.Output, StringComparison.Ordinal);
        }

        Assert.Contains("/etc/thpc/node-agent.toml:", run.Output, StringComparison.Ordinal);
        var status = await Agent.RunAsync(_node, "status");
        Assert.Equal(1, status.ExitCode);
        Assert.Contains("CONFIG_INVALID", status.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bootstrap")]
    [InlineData("script check")]
    [InlineData("script run")]
    [InlineData("storage add")]
    [InlineData("storage remove /data")]
    [InlineData("guard")]
    [InlineData("status")]
    public async Task Commands_require_root(string arguments)
    {
        Needs.RootUser();
        Needs.Program("setpriv");

        // Copied to a world-readable directory, because the repository may be below /root.
        var directory = Directory.CreateTempSubdirectory("thpc-agent-").FullName;
        File.SetUnixFileMode(directory, (UnixFileMode)0x1ED);
        File.Copy(Agent.Executable, Path.Combine(directory, "agent"));
        var state = Directory.CreateDirectory(Path.Combine(directory, "var/lib/thpc-node-agent")).FullName;
        File.SetUnixFileMode(state, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await File.WriteAllTextAsync(Path.Combine(state, "report.json"), "{}", TestContext.Current.CancellationToken);
        var start = new ProcessStartInfo(
            "setpriv",
            ["--reuid", "65534", "--regid", "65534", "--clear-groups", Path.Combine(directory, "agent"), .. arguments.Split(' '), "--root",
                directory])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal("{}", await File.ReadAllTextAsync(Path.Combine(state, "report.json"), TestContext.Current.CancellationToken));
        Directory.Delete(directory, recursive: true);
        Assert.Equal(3, process.ExitCode);
        Assert.Contains("NOT_ROOT", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Second_run_exits_4_and_status_waits_for_first()
    {
        Needs.RootUser();
        var fifo = _node.MakeFifo("go");
        _node.AddScript("waiting.sh", $"#!/bin/sh\ntouch {_node.On("/begun")}\nread line < {fifo}\n");
        using var first = Agent.Start(_node, new Dictionary<string, string>(), "bootstrap");
        await ScriptNodes.WaitForFileAsync(_node.On("/begun"));

        foreach (var arguments in (string[][])[["bootstrap"], ["script", "run"], ["script", "check"]])
        {
            var busy = await Agent.RunAsync(_node, arguments);
            Assert.Equal(4, busy.ExitCode);
            Assert.Contains($"`thpc-node-agent bootstrap`, pid {first.Id}", busy.Errors, StringComparison.Ordinal);
        }

        var status = await Agent.RunAsync(_node, "status");
        Assert.Equal(4, status.ExitCode);
        Assert.Contains("now in stage script", status.Output, StringComparison.Ordinal);
        Assert.Equal(4, (await Agent.RunAsync(_node, "status", "--wait", "--timeout", "1")).ExitCode);

        using var waiting = Agent.Start(_node, new Dictionary<string, string>(), "status", "--wait");
        Assert.Contains(
            "waiting for ", await waiting.StandardError.ReadLineAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.False(waiting.HasExited);
        await File.WriteAllTextAsync(fifo, "\n", TestContext.Current.CancellationToken);
        var output = await waiting.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await waiting.WaitForExitAsync(TestContext.Current.CancellationToken);
        await first.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, waiting.ExitCode);
        Assert.StartsWith("bootstrap succeeded in ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_without_report_fails_or_waits()
    {
        Needs.RootUser();
        var none = await Agent.RunAsync(_node, "status");
        Assert.Equal(1, none.ExitCode);
        Assert.Contains("no run has left a report", none.Errors, StringComparison.Ordinal);
        var waiting = Agent.RunAsync(_node, "status", "--wait");
        Assert.Equal(0, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        Assert.Equal(0, (await waiting).ExitCode);
    }

    [Fact]
    public async Task Help_and_version_exit_0()
    {
        Assert.Equal(0, (await Agent.RunAsync(_node, "--help")).ExitCode);
        var version = await Agent.RunAsync(_node, "--version");
        Assert.Equal(0, version.ExitCode);
        Assert.Matches(
            @"^thpc-node-agent \d+\.\d+\.\d+\ncommit   [0-9a-f]{40}(-dirty)?\nruntime  \.NET 10\.\d+\.\d+, linux-x64\nopenssl  "
                + @"3\.\d+\.\d+ \(linked in\)\nglibc    2\.17 or newer\n\z", version.Output);
    }
}
