using System.Diagnostics;
using System.Text;
using System.Xml.Linq;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Native;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Reporting.Timeline;

namespace Thpc.NodeAgent.SystemTests.Cli;

public sealed class StatusTests : IDisposable
{
    private const int SigInt = 2;
    private readonly TemporaryNode _node = new();

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Timeline_keeps_mode_and_links_of_file()
    {
        Left(Reports.Failed);
        var file = _node.Write("/tickets/boot.svg", "old");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.CreateSymbolicLink(_node.On("/link.svg"), file);
        var run = await Agent.RunAsync(_node, "status", "--timeline", _node.On("/link.svg"));
        Assert.Equal((1, ""), (run.ExitCode, run.Errors));
        Assert.Equal("svg", XDocument.Load(file).Root!.Name.LocalName);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Equal(file, new FileInfo(_node.On("/link.svg")).LinkTarget);
        Assert.Equal(["boot.svg"], Directory.EnumerateFiles(_node.On("/tickets")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task New_timeline_is_world_readable_and_output_unchanged()
    {
        Left(Reports.Succeeded);
        var without = await Agent.RunAsync(_node, "status", "--json");
        var run = await Agent.RunAsync(_node, "status", "--json", "--timeline", _node.On("/boot.svg"));
        Assert.Equal(without, run);
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead,
            File.GetUnixFileMode(_node.On("/boot.svg")));
    }

    [Theory]
    [InlineData("/missing/boot.svg")]
    [InlineData("/root")]
    [InlineData("/etc/fifo")]
    public async Task Unwritable_timeline_is_an_error(string path)
    {
        Left(Reports.Succeeded);
        await ProgramRunner.RunAsync(["mkfifo", _node.On("/etc/fifo")], TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        var run = await Agent.RunAsync(_node, "status", "--timeline", _node.On(path));
        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith($"thpc-node-agent: FILE_ACCESS: {_node.On(path)} could not be written: ", run.Errors, StringComparison.Ordinal);
        Assert.False(_node.Has("/missing/boot.svg"));
    }

    [Fact]
    public async Task Timeline_shows_run_in_progress()
    {
        Needs.RootUser();
        _node.AddScript("slow.sh", "#!/bin/sh\ntouch \"$(dirname \"$0\")/began\"\nsleep 60\n");
        using var bootstrap = Agent.Start(_node, new Dictionary<string, string>(), "bootstrap");
        using var timer = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        AgentRun run;
        do
        {
            await Task.Delay(50, timer.Token);
            run = await Agent.RunAsync(_node, "status", "--timeline", _node.On("/boot.svg"));
        }
        while (!run.Output.Contains("now in stage script", StringComparison.Ordinal));

        Assert.Equal(4, run.ExitCode);
        Assert.Contains("url(#running)", _node.Read("/boot.svg"), StringComparison.Ordinal);
        _ = NativeMethods.Kill(bootstrap.Id, NativeMethods.SigTerm);
        await bootstrap.WaitForExitAsync(timer.Token);
    }

    [Theory]
    [InlineData(100, "", true)]
    [InlineData(60, "NO_COLOR=1", false)]
    [InlineData(60, "TERM=dumb", false)]
    public async Task Terminal_timeline_fits_width(int columns, string variable, bool colour)
    {
        Needs.Program("python3");
        Left(Reports.Succeeded);
        var text = await TestTerminal.RunAsync(_node, "status", columns, variable);
        Assert.Equal(colour, text.Contains("\e[32m", StringComparison.Ordinal));
        Assert.Contains("▒", text, StringComparison.Ordinal);
        var lines = text.Split('\n').Where(line => line.Contains('▕', StringComparison.Ordinal)).ToList();
        Assert.Equal(5, lines.Count);

        // .NET's own console would send sequences that switch the keypad.
        Assert.DoesNotContain("\e[?1h", text, StringComparison.Ordinal);

        // The bar ends where the time column begins: one space, then twelve columns.
        Assert.All(
            lines, line => Assert.Equal(columns - 14, System.Text.RegularExpressions.Regex.Replace(line, "\e[^m]*m", "").LastIndexOf('▏')));
    }

    [Fact]
    public async Task Running_step_is_shown_with_limit_and_log()
    {
        Needs.RootUser();
        using var bootstrap = await StartSlowRunAsync();
        var run = await Agent.RunAsync(_node, "status");
        Assert.Equal(4, run.ExitCode);
        Assert.Matches(
            "^bootstrap has been running for [0-9.]+ s, now in stage script\nnow: run init script 1 \\(slow.sh\\), since [0-9:]{8} UTC, "
                + "limit 60 s, output in /var/log/thpc-node-agent/init-script-1.log\n",
            run.Output);
        await EndAsync(bootstrap);
        Assert.False(_node.Has("/run/thpc-node-agent/steps"));
    }

    [Fact]
    public async Task Wait_names_the_run_and_a_signal_leaves_that_running()
    {
        Needs.RootUser();
        using var bootstrap = await StartSlowRunAsync();
        using var wait = Agent.Start(_node, new Dictionary<string, string>(), "status", "--wait", "--timeout", "60");
        var line = await wait.StandardError.ReadLineAsync(TestContext.Current.CancellationToken);
        Assert.StartsWith(
            $"thpc-node-agent: waiting for the end of `thpc-node-agent bootstrap`, pid {bootstrap.Id}, since ", line,
            StringComparison.Ordinal);
        _ = NativeMethods.Kill(wait.Id, SigInt);
        await wait.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(130, wait.ExitCode);
        Assert.Matches("^thpc-node-agent: no longer waiting; .*pid [0-9]+, since .*, continues\n$",
            await wait.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        Assert.False(bootstrap.HasExited);
        await EndAsync(bootstrap);
    }

    [Fact]
    public async Task Incomplete_report_is_not_taken_for_no_run()
    {
        _node.Write("/var/lib/thpc-node-agent/report.json", "{ \"schema\": 2");
        var run = await Agent.RunAsync(_node, "status");
        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith(
            "thpc-node-agent: FILE_ACCESS: /var/lib/thpc-node-agent/report.json is not a complete report\n  → Run ", run.Errors,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Copy_in_run_counts_if_the_report_could_not_be_written()
    {
        Left(Reports.Succeeded);
        _node.Write("/run/thpc-node-agent/report.json", Encoding.UTF8.GetString(ReportJson.Write(Reports.Failed)));
        var run = await Agent.RunAsync(_node, "status");
        Assert.StartsWith("bootstrap failed: SCRIPT_FAILED: exit code 1\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Output_without_terminal_is_text()
    {
        Left(Reports.Succeeded);
        var run = await Agent.RunAsync(_node, "status");
        Assert.Equal(
            TimelineText.Write(
                RunTimeline.From(Reports.Succeeded, alive: false, Reports.Start), null, colour: false, TimeZoneInfo.Local,
                Language.English),
            run.Output);
    }

    private async Task<Process> StartSlowRunAsync()
    {
        _node.AddScript("slow.sh", "#!/bin/sh\ntouch \"$(dirname \"$0\")/began\"\nsleep 25\n");
        var bootstrap = Agent.Start(_node, new Dictionary<string, string>(), "bootstrap");
        using var timer = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!_node.Has("/var/lib/thpc-node-agent/scripts/began"))
        {
            await Task.Delay(50, timer.Token);
        }

        return bootstrap;
    }

    private static async Task EndAsync(Process bootstrap)
    {
        _ = NativeMethods.Kill(bootstrap.Id, NativeMethods.SigTerm);
        await bootstrap.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    private void Left(Report report) =>
        _node.Write("/var/lib/thpc-node-agent/report.json", Encoding.UTF8.GetString(ReportJson.Write(report)));
}
