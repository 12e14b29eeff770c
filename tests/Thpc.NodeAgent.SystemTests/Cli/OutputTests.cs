using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.SystemTests.Cli;

public sealed partial class OutputTests : IDisposable
{
    private readonly TemporaryNode _node = new();

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Json_output_is_only_json()
    {
        Needs.RootUser();
        _node.AddScript("a.sh", "#!/bin/sh\necho loud\n");
        foreach (var arguments in (string[][])[["bootstrap", "--json", "--verbose"], ["status", "--json"], ["config", "show", "--json"]])
        {
            var run = await Agent.RunAsync(_node, arguments);
            Assert.Equal(0, run.ExitCode);
            using var document = JsonDocument.Parse(run.Output);
            Assert.Equal(JsonValueKind.Object, document.RootElement.ValueKind);
        }
    }

    /// <summary>The last lines of a script, values of the configuration, names of files and reports of other nodes.</summary>
    [Fact]
    public async Task Text_of_others_cannot_change_the_terminal()
    {
        Needs.RootUser();
        const string Odd = "\u001B[31m\r\u202Eabc\u200B\u2028";
        const string OddToml = "\\u202Eabc\\u200B\\u2028z";
        _node.AddScript("a.sh", $"#!/bin/sh\necho 'ran {Odd}'\nprintf '\\377\\233{Odd}\\n'\nexit 1\n", more: $"args = [\"{OddToml}\"]");
        _node.Configure($"[[cfs]]\nlocal_path = \"/data{OddToml}\"\nremote_path = \"127.0.0.1:/{OddToml}\"\n");
        _node.Write($"/root/.ssh/id_{Odd}", "-----BEGIN OPENSSH PRIVATE KEY-----\n");
        _node.Write($"/var/log/{Odd}.log", "");
        _node.Write("/invalid.toml", $"[cluster]\nid = \"{OddToml}\"\n\"node_{OddToml}role\" = 1\n");
        var report = Reports.Failed with { HostName = Odd, ClusterId = Odd, Warnings = [Odd], Error = new ErrorReport(Odd, Odd, Odd) };
        _node.Write($"/fleet/{Odd}.json", Encoding.UTF8.GetString(ReportJson.Write(report)));
        foreach (var arguments in (string[][])
        [
            ["bootstrap", "--dry-run"], ["bootstrap", "--log-format", "text"], ["bootstrap", "--verbose", "--log-format", "journal"],
            ["status"], ["health"], ["config", "show"], ["config", "check", "--config", _node.On("/invalid.toml")],
            ["storage", "list"], ["storage", "verify"], ["image", "check"], ["image", "prep", "--dry-run"],
            ["image", "prep", "--operations", Odd], ["fleet", _node.On("/fleet")], ["fleet", _node.On($"/{Odd}")], ["errors", Odd], [Odd],
            ["storage", "remove", Odd], ["bootstrap", Odd], ["status", $"--{Odd}"], ["status", "--timeout", Odd],
        ])
        {
            var run = await Agent.RunAsync(_node, arguments);
            Assert.Contains("abc", run.Output + run.Errors, StringComparison.Ordinal);
            Assert.False(NotPrintable().IsMatch(run.Output + run.Errors), $"{string.Join(' ', arguments)}: {run.Output}{run.Errors}");
        }

        Assert.Contains("last output: ran ", _node.ScriptError()!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Columns_of_packages_check_stay_apart()
    {
        string[] status =
            ["Package: base-files", "Status: install ok installed", "Version: 1", "Architecture: all", "Description: one", "", ""];
        _node.Write("/var/lib/dpkg/status", string.Join('\n', status));
        Directory.CreateDirectory(_node.On("/var/lib/dpkg/info"));
        Directory.CreateDirectory(_node.On("/var/lib/dpkg/updates"));
        var run = await Agent.RunAsync(_node, "packages", "check");
        Assert.Equal(5, run.ExitCode);
        var rows = run.Output.Split('\n').Where(line => line.StartsWith('✗')).ToList();
        Assert.True(rows.Count >= 5, run.Output);
        Assert.All(rows, row => Assert.EndsWith("  missing", row, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Failed_run_prints_json()
    {
        Needs.RootUser();
        _node.AddScript("a.sh", "#!/bin/sh\nexit 1\n");
        var run = await Agent.RunAsync(_node, "bootstrap", "--json");
        Assert.Equal(1, run.ExitCode);
        using var document = JsonDocument.Parse(run.Output);
        Assert.Equal("failed", document.RootElement.GetProperty("outcome").GetString());
    }

    [Theory]
    [InlineData("text")]
    [InlineData("journal")]
    [InlineData("json")]
    public async Task Output_fits_limit_of_TAT(string format)
    {
        Needs.RootUser();
        var name = new string('n', 150);
        for (var i = 0; i < 60; i++)
        {
            _node.AddScript(
                $"{name}-{i}.sh", "#!/bin/sh\necho 初始化失败 初始化失败 初始化失败 初始化失败 初始化失败 初始化失败 初始化失败 初始化失败\nexit 1\n",
                more: "on_failure = \"continue\"");
        }

        var run = await Agent.RunAsync(_node, "bootstrap", "--verbose", "--log-format", format);
        Assert.Equal(0, run.ExitCode);
        Assert.InRange(Encoding.UTF8.GetByteCount(run.Output), 100, 2048);
        Assert.InRange(Encoding.UTF8.GetByteCount(run.Errors), 10_000, 24 * 1024 - 2048);
        Assert.EndsWith("report: /var/lib/thpc-node-agent/report.json\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Journal_lines_have_priority_and_no_time()
    {
        Needs.RootUser();
        _node.AddScript("a.sh", "#!/bin/sh\nprintf 'one\\ntwo'\nexit 1\n");
        var run = await Agent.RunAsync(_node, "bootstrap", "--log-format", "journal");
        var lines = run.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.All(lines, line => Assert.Matches("^<[3467]>[^0-9]", line));
        Assert.Contains(lines, line => line.StartsWith("<6>script: started", StringComparison.Ordinal));
        Assert.Contains(
            lines, line =>
                line.StartsWith("<3>run init script 1", StringComparison.Ordinal) && line.Contains("one / two", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Json_log_lines_are_objects()
    {
        Needs.RootUser();
        _node.AddScript("a.sh", "#!/bin/sh\nprintf 'one\\ntwo \"quoted\"'\nexit 1\n");
        var run = await Agent.RunAsync(_node, "bootstrap", "--log-format", "json");
        var lines = run.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.NotEmpty(lines);
        Assert.All(lines, line =>
        {
            using var document = JsonDocument.Parse(line);
            Assert.False(string.IsNullOrEmpty(document.RootElement.GetProperty("Message").GetString()));
        });
    }

    [Fact]
    public async Task Text_log_lines_have_time_and_no_colour()
    {
        Needs.RootUser();
        var run = await Agent.RunAsync(_node, "bootstrap", "--log-format", "text");
        Assert.All(
            run.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            line => Assert.Matches(@"^\d\d:\d\d:\d\d\.\d\d\d (info |warn |error|debug) ", line));
        Assert.DoesNotContain('\e', run.Errors);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Journal_is_detected_by_socket(bool journal)
    {
        Needs.RootUser();
        Needs.Program("python3");

        // Standard error is a socket, as under systemd. JOURNAL_STREAM names this socket or another one.
        const string Script = """
            import os, socket, subprocess, sys
            ours, theirs = socket.socketpair()
            stat = os.fstat(theirs.fileno())
            inode = stat.st_ino if sys.argv[1] == "True" else stat.st_ino + 1
            process = subprocess.Popen(
                sys.argv[2:], stdout=subprocess.DEVNULL, stderr=theirs, env={"JOURNAL_STREAM": f"{stat.st_dev}:{inode}"})
            theirs.close()
            sys.stdout.write(ours.makefile().read())
            """;
        var start = new ProcessStartInfo(
            "python3", ["-c", Script, journal.ToString(), Agent.Executable, "bootstrap", "--root", _node.Directory])
        {
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var said = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Matches(journal ? "^<6>" : @"^\d\d:\d\d", said);
    }

    [Fact]
    public async Task Closed_output_pipe_is_harmless()
    {
        Needs.RootUser();
        _node.AddScript("a.sh", "#!/bin/sh\necho ran\n");
        using var process = Process.Start(
            "sh", ["-c", "\"$1\" bootstrap --root \"$2\" 2>&1 | head -n 1 >/dev/null", "sh", Agent.Executable, _node.Directory]);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        using var timer = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (_node.Report().FinishedAt is null)
        {
            await Task.Delay(20, timer.Token);
        }

        Assert.Equal(RunOutcome.Succeeded, _node.Report().Outcome);
    }

    [GeneratedRegex(@"[\p{Cc}\p{Cf}\p{Zl}\p{Zp}-[\n]]")]
    private static partial Regex NotPrintable();
}
