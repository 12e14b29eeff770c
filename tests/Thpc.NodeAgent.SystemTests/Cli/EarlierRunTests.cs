using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.SystemTests.Cli;

/// <summary>Reports and logs of the two runs before the last, and runs that leave the last report alone.</summary>
public sealed class EarlierRunTests : IDisposable
{
    private const string State = "/var/lib/thpc-node-agent";
    private const string Log = "/var/log/thpc-node-agent/init-script-1.log";
    private const string Count = "#!/bin/sh\necho x >>\"$(dirname \"$0\")/count\"; echo run $(wc -l <\"$(dirname \"$0\")/count\")\n";
    private readonly TemporaryNode _node = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Reports_and_logs_of_three_runs_are_kept()
    {
        Needs.RootUser();
        _node.AddScript("fails.sh", Count + "exit 3\n");
        List<string> runs = [];
        for (var run = 0; run < 4; run++)
        {
            await Agent.RunAsync(_node, "bootstrap");
            runs.Add(_node.Report().RunId);
        }

        Assert.Equal([runs[3], runs[2], runs[1]], Kept());
        Assert.Equal(["run 4\n", "run 3\n", "run 2\n"], ((string[])["", ".1", ".2"]).Select(number => _node.Read(Log + number)));
        Assert.Equal(
            ["init-script-1.log", "init-script-1.log.1", "init-script-1.log.2"],
            Directory.GetFiles(_node.On("/var/log/thpc-node-agent")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(
            Directory.GetFiles(_node.On(State), "report*").Concat(Directory.GetFiles(_node.On("/var/log/thpc-node-agent"))),
            file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));

        var status = await Agent.RunAsync(_node, "status", "--run", "2");
        Assert.Equal(1, status.ExitCode);
        Assert.StartsWith("bootstrap failed: SCRIPT_FAILED: ", status.Output, StringComparison.Ordinal);
        Assert.Equal(_node.Read(State + "/report.2.json"), (await Agent.RunAsync(_node, "status", "--run", "2", "--json")).Output);
    }

    [Fact]
    public async Task Boots_with_nothing_to_do_keep_the_report_of_a_failure()
    {
        Needs.RootUser();
        _node.AddScript("again.sh", "#!/bin/sh\nexit 3\n");
        await Agent.RunAsync(_node, "bootstrap");
        _node.Write("/scripts/again.sh", "#!/bin/sh\n");
        Assert.Equal(0, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        for (var boot = 0; boot < 4; boot++)
        {
            await Agent.RunAsync(_node, "bootstrap");
        }

        Assert.Equal([RunOutcome.Succeeded, RunOutcome.Succeeded, RunOutcome.Failed], Reports().Select(report => report.Outcome));
    }

    [Fact]
    public async Task Report_of_a_killed_run_is_kept()
    {
        Needs.RootUser();
        await Agent.RunAsync(_node, "bootstrap");
        var text = _node.Read(State + "/report.json");
        const string Outcome = "\"outcome\": ";
        text = text.Replace(Outcome + "\"succeeded\"", Outcome + "\"running\"", StringComparison.Ordinal);
        _node.Write(State + "/report.json", text);
        await Agent.RunAsync(_node, "bootstrap");
        Assert.StartsWith(
            "bootstrap interrupted: INTERRUPTED: ", (await Agent.RunAsync(_node, "status", "--run", "1")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_killed_before_its_first_report_keeps_the_last_once()
    {
        Needs.RootUser();
        _node.AddScript("fails.sh", "#!/bin/sh\nexit 3\n");
        await Agent.RunAsync(_node, "bootstrap");
        File.Copy(_node.On(State + "/report.json"), _node.On(State + "/report.1.json"));
        await Agent.RunAsync(_node, "bootstrap");
        Assert.Equal(2, Kept().Count);
    }

    [Fact]
    public async Task Report_that_had_no_space_is_kept_too()
    {
        Needs.RootUser();
        _node.AddScript("fails.sh", "#!/bin/sh\nexit 3\n");
        await Agent.RunAsync(_node, "bootstrap");
        var first = _node.Report().RunId;
        File.Move(_node.On(State + "/report.json"), _node.On("/run/thpc-node-agent/report.json"));
        await Agent.RunAsync(_node, "bootstrap");
        Assert.Equal([_node.Report().RunId, first], Kept());
        Assert.NotEqual(first, _node.Report().RunId);
        Assert.False(_node.Has("/run/thpc-node-agent/report.json"));
    }

    // Each adds a call of rename(2) and link(2) to the previous report at most, and no fsync(2).
    [Fact]
    public async Task Keeping_a_report_costs_no_flush_and_leaves_report_in_place()
    {
        Needs.RootUser();
        Needs.Program("strace");
        _node.AddScript("fails.sh", "#!/bin/sh\nexit 3\n");
        var calls = new List<List<string>>();
        for (var run = 0; run < 3; run++)
        {
            var trace = _node.On("/trace");
            await ProgramRunner.RunAsync(
                ["strace", "-f", "-y", "-o", trace, "-e", "trace=fsync,link,rename,unlink", Agent.Executable, "bootstrap", "--root",
                    _node.Directory],
                TimeSpan.FromMinutes(2),
                Cancel);
            calls.Add([.. (await File.ReadAllLinesAsync(trace, Cancel)).Where(line => line.Contains("report", StringComparison.Ordinal))]);
        }

        Assert.Equal(calls[0].Count(line => Is(line, "fsync")), calls[2].Count(line => Is(line, "fsync")));
        Assert.Single(calls[2], line => Is(line, "link"));
        Assert.Single(calls[2], line => line.Contains("report.2.json\"", StringComparison.Ordinal));
        var report = _node.On(State + "/report.json");
        Assert.DoesNotContain(
            calls[2], line => !Is(line, "link") && line.Contains($"(\"{report}\"", StringComparison.Ordinal));
        static bool Is(string line, string call) => line.Contains($" {call}(", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--node-rol LOGIN")]
    [InlineData("--node-role LOGN")]
    [InlineData("--cluster-id x")]
    [InlineData("--script-timeout 5")]
    [InlineData("--script-timeout soon")]
    [InlineData("--init-script cos:/x")]
    [InlineData("--config /etc/thpc/node-agnt.toml")]
    public async Task Mistyped_option_leaves_the_report_alone(string options)
    {
        Needs.RootUser();
        _node.AddScript("fails.sh", "#!/bin/sh\nexit 3\n");
        await Agent.RunAsync(_node, "bootstrap");
        var state = _node.Tree().Where(line => line.Contains("report", StringComparison.Ordinal));

        var run = await Agent.RunAsync(_node, ["bootstrap", .. options.Split(' ')]);

        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.StartsWith("thpc-node-agent: ", run.Errors, StringComparison.Ordinal);
        Assert.Equal(state, _node.Tree().Where(line => line.Contains("report", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task First_run_with_a_mistyped_option_is_reported()
    {
        Needs.RootUser();
        Assert.Equal(2, (await Agent.RunAsync(_node, "bootstrap", "--node-role", "LOGN")).ExitCode);
        Assert.Equal("CONFIG_INVALID", _node.Report().FirstError?.Code);
    }

    [Fact]
    public async Task Refused_run_leaves_the_report_alone()
    {
        Needs.RootUser();
        Needs.Program("flock");
        await Agent.RunAsync(_node, "bootstrap");
        var report = _node.Read(State + "/report.json");
        var run = await ProgramRunner.RunAsync(
            ["flock", _node.On("/run/thpc-node-agent/lock"), Agent.Executable, "bootstrap", "--root", _node.Directory],
            TimeSpan.FromMinutes(1),
            Cancel);
        Assert.Equal((4, 0), (run.ExitCode, (await Agent.RunAsync(_node, "status")).ExitCode));
        Assert.Equal(report, _node.Read(State + "/report.json"));
        Assert.Single(Kept());
    }

    [Fact]
    public async Task Missing_earlier_report_is_named()
    {
        var run = await Agent.RunAsync(_node, "status", "--run", "1");
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.StartsWith("thpc-node-agent: no earlier report is kept with number 1\n  → ", run.Errors, StringComparison.Ordinal);
        Assert.Equal(2, (await Agent.RunAsync(_node, "status", "--run", "3")).ExitCode);
        Assert.Equal(2, (await Agent.RunAsync(_node, "status", "--run", "1", "--wait")).ExitCode);
    }

    /// <summary>The run ids of all kept reports, the last first.</summary>
    private List<string> Kept() => [.. Reports().Select(report => report.RunId)];

    private IEnumerable<Report> Reports() =>
        ((string[])["", ".1", ".2", ".3"]).Select(number => $"{State}/report{number}.json").Where(_node.Has)
            .Select(path => ReportJson.Read(File.ReadAllBytes(_node.On(path)))!);
}
