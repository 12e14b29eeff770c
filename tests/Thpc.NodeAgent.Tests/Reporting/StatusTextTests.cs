using System.Text.RegularExpressions;
using CsCheck;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.Tests.Reporting;

public sealed partial class StatusTextTests
{
    [Fact]
    public void Successful_run_has_bars_at_its_times() =>
        Assert.Equal(
            """
            succeeded: COMPUTE of hpc-8hje8h12, instance ins-abc
            started 2025-03-04 05:06:07Z, took 4.00 s, agent 0.1.0, run r1
            – packages                                     ▕▏                               ▏    0.00 s
            """ + "  skipped: /root/thpc_preinstalled.json is there\n" + """
            ✓ script                                       ▕████████████████                ▏    2.00 s  succeeded
            ✓   run file:///x.sh                           ▕████████████████                ▏    2.00 s  succeeded
                at 0.50 s: 12 bytes
            ✓ mount                                        ▕                ████████████████▏    2.00 s  succeeded
            ✓   mount h:/ on /data                         ▕                ████████████████▏    2.00 s  succeeded

            """,
            StatusText.Write(Reports.Succeeded, alive: false, Reports.Start, Language.English));

    [Fact]
    public void Failed_run_shows_error_and_hint()
    {
        var text = StatusText.Write(Reports.Failed, alive: false, Reports.Start, Language.English);
        Assert.StartsWith("failed: COMPUTE of hpc-8hje8h12", text, StringComparison.Ordinal);
        Assert.Contains("warning: a bucket is not mounted\n", text, StringComparison.Ordinal);
        Assert.Contains("    SCRIPT_FAILED: exit code 1\n    last words\n    → Read the log.\n", text, StringComparison.Ordinal);
        Assert.Contains("not run: script failed", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Long_step_name_keeps_beginning_and_end()
    {
        var step =
            new StepReport("mount 172.30.3.90:/j25ey5tz/hpc-8hje8h12/opt/and/more on /opt", Outcome.Succeeded, 0, 10, null, false, []);
        var report = Reports.Succeeded with { Stages = [new StageReport("mount", Outcome.Succeeded, null, 0, 10, [step])] };
        Assert.Contains(
            "✓   mount 172.30.3.90:/j…/opt/and/more on /opt ▕", StatusText.Write(report, alive: false, Reports.Start, Language.English),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Run_in_progress_names_its_stage()
    {
        var text = StatusText.Write(Reports.Running, alive: true, Reports.Start.AddSeconds(9), Language.English);
        Assert.StartsWith("running: ", text, StringComparison.Ordinal);
        Assert.Contains("so far 9.00 s", text, StringComparison.Ordinal);
        Assert.Contains("\nnow in stage script\n", text, StringComparison.Ordinal);
        Assert.Matches("\n… script +▕ *█+▏ +[0-9.]+ s  running\n", text);
    }

    [Fact]
    public void Killed_run_is_not_in_progress()
    {
        var text = StatusText.Write(Reports.Running, alive: false, Reports.Start.AddDays(9), Language.English);
        Assert.StartsWith("interrupted: ", text, StringComparison.Ordinal);
        Assert.Contains("\nkilled in stage script\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("so far", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Clock_set_back_gives_no_negative_time() =>
        Assert.Contains(
            "so far 0.00 s", StatusText.Write(Reports.Running, alive: true, Reports.Start.AddHours(-1), Language.English),
            StringComparison.Ordinal);

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void Impossible_times_are_shown_without_failure(long duration)
    {
        StageReport[] stages = [.. ((string[])["packages", "script", "mount"]).Select(
            name => new StageReport(name, Outcome.Succeeded, null, duration, duration, []))];
        var text = StatusText.Write(
            Reports.Running with { CurrentStage = "mount", DurationMs = duration, Stages = stages }, alive: false, Reports.Start,
            Language.English);
        Assert.Equal(3, BarPattern().Count(text));
    }

    [Fact]
    public void Every_bar_is_32_wide() =>
        Gen.Select(Gen.Long[-10, 200], Gen.Long[-10, 200], Gen.Long[0, 100]).Sample((started, duration, total) =>
        {
            var report = Reports.Succeeded with
            {
                DurationMs = total,
                Stages = [new StageReport("mount", Outcome.Succeeded, null, started, duration, [])],
            };
            var bar = BarPattern().Match(StatusText.Write(report, alive: false, Reports.Start, Language.English)).Groups[1].Value;
            Assert.Equal(32, bar.Length);
            Assert.Matches("^ *(█+|▏) *$", bar);
        });

    [GeneratedRegex("▕([ █▏]*)▏ +[-0-9]")]
    private static partial Regex BarPattern();
}
