using System.Text.RegularExpressions;
using CsCheck;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Reporting.Timeline;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Tests.Reporting.Timeline;

public sealed partial class TimelineTextTests
{
    [Fact]
    public void Rows_have_bars_at_their_times() =>
        Assert.Equal(
            """
            bootstrap succeeded in 4.00 s
            COMPUTE of hpc-8hje8h12, instance ins-abc, started 2025-03-04 05:06:07 UTC
                                    0                 2 s                4 s
            – packages             ▕▏                                    ▏ skipped
              /root/thpc_preinstalled.json is there
            ✓ script               ▕██████████████████▌                  ▏ 2.00 s
            ✓   run file:///x.sh   ▕████▒█████████████▌                  ▏ 2.00 s
                at 500 ms: 12 bytes
            ✓ mount                ▕                  ▐██████████████████▏ 2.00 s
            ✓   mount h:/ on /data ▕                  ▐██████████████████▏ 2.00 s
            took 4.00 s, agent 0.1.0, run r1

            """,
            Draw(Reports.Succeeded, 75));

    [Fact]
    public void Failure_shows_error_and_hint()
    {
        var text = Draw(Reports.Failed, 80);
        Assert.StartsWith(
            "bootstrap failed: SCRIPT_FAILED: exit code 1\n→ Read the log.\n  last words\nCOMPUTE of ", text, StringComparison.Ordinal);
        Assert.Contains("warning: a bucket is not mounted\n", text, StringComparison.Ordinal);
        Assert.Equal(1, text.Split("SCRIPT_FAILED").Length - 1);
        Assert.Matches("\n· mount +▕ +▏ not run\n  script failed\n", text);
    }

    [Fact]
    public void Run_in_progress_is_drawn_up_to_now()
    {
        var text = TimelineText.Write(
            RunTimeline.From(Reports.Running, alive: true, Reports.Start.AddSeconds(9)), 80, colour: false, TimeZoneInfo.Utc,
            Language.English);
        Assert.Contains("so far 9.00 s", text, StringComparison.Ordinal);
        Assert.Matches("\n… script +▕█+▏ 9.00 s\n", text);
    }

    [Fact]
    public void Killed_run_is_not_in_progress()
    {
        var text = Draw(Reports.Running, 100);
        Assert.StartsWith("bootstrap interrupted: INTERRUPTED: it was killed in stage script\n→ Run ", text, StringComparison.Ordinal);
        Assert.DoesNotContain("so far", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Clock_set_back_gives_no_negative_time() =>
        Assert.StartsWith(
            "bootstrap has been running for 0.00 s, now in stage script\n",
            TimelineText.Write(
                RunTimeline.From(Reports.Running, alive: true, Reports.Start.AddHours(-1)), 80, colour: false, TimeZoneInfo.Utc,
                Language.English),
            StringComparison.Ordinal);

    [Fact]
    public void Lines_are_wrapped_on_a_terminal_only()
    {
        var text = Draw(Reports.Failed, 40);
        Assert.All(text.Split('\n'), line => Assert.InRange(TerminalText.Columns(line), 0, 40));
        Assert.Contains("COMPUTE of hpc-8hje8h12, instance\nins-abc, started 2025-03-04 05:06:07 UTC\n", text, StringComparison.Ordinal);
        Assert.Contains(
            "COMPUTE of hpc-8hje8h12, instance ins-abc, started 2025-03-04 05:06:07 UTC\n", Draw(Reports.Failed, null),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void Impossible_times_are_shown_without_failure(long duration)
    {
        StageReport[] stages = [.. ((string[])["packages", "script", "mount"]).Select(
            name => new StageReport(name, Outcome.Succeeded, null, duration, duration, []))];
        var text = Draw(Reports.Running with { CurrentStage = "mount", DurationMs = duration, Stages = stages }, 80);
        Assert.Equal(3, BarPattern().Count(text));
    }

    [Fact]
    public void First_and_last_of_many_notes_are_shown()
    {
        NoteReport[] notes = [.. Enumerable.Range(1, 9).Select(i => new NoteReport(i * 100, $"attempt {i}"))];
        var step = new StepReport("mount", Outcome.Succeeded, 0, 1000, null, false, notes);
        var text = Draw(Reports.Succeeded with { Stages = [new StageReport("mount", Outcome.Succeeded, null, 0, 1000, [step])] }, 80);
        Assert.Contains(
            "    at 100 ms: attempt 1\n    at 200 ms: attempt 2\n    … 5 more\n    at 800 ms: attempt 8\n    at 900 ms: attempt 9\n", text,
            StringComparison.Ordinal);
    }

    [Fact]
    public void All_bars_have_the_same_width_and_fit_the_terminal() =>
        Gen.Select(Reports.Any, Gen.Int[0, 250], Gen.Bool).Sample(
            (report, width, alive) =>
            {
                var text = TimelineText.Write(
                    RunTimeline.From(report, alive, Reports.Start.AddSeconds(9)), width, colour: false, TimeZoneInfo.Utc, Language.English);
                var bars = BarPattern().Matches(text);
                Assert.True(bars.Count >= report.Stages.Count);
                Assert.All(bars, bar => Assert.InRange(TerminalText.Columns(bar.Value), 0, Math.Max(width, TimelineText.MinWidth)));
                Assert.InRange(bars.Select(bar => bar.Groups[1].Length).Distinct().Count(), 0, 1);
            },
            iter: 200);

    [Fact]
    public void Control_characters_of_a_report_are_removed() =>
        Reports.Any.Sample(
            report =>
                Assert.All(
                    TimelineText.Write(
                        RunTimeline.From(report, alive: false, Reports.Start), 80, colour: false, TimeZoneInfo.Utc, Language.English),
                    c => Assert.True(c == '\n' || !char.IsControl(c))),
            iter: 100);

    [Fact]
    public void Colours_do_not_change_the_text()
    {
        var painted = TimelineText.Write(
            RunTimeline.From(Reports.Failed, alive: false, Reports.Start), 80, colour: true, TimeZoneInfo.Utc, Language.English);
        Assert.Contains("\e[31m", painted, StringComparison.Ordinal);
        Assert.Equal(Draw(Reports.Failed, 80), ColourPattern().Replace(painted, ""));
    }

    private static string Draw(Report report, int? width) =>
        TimelineText.Write(RunTimeline.From(report, alive: false, Reports.Start), width, colour: false, TimeZoneInfo.Utc, Language.English);

    [GeneratedRegex("^. .*?▕([ ▏▎▍▌▋▊▉█▐▕▒]+)▏ .*$", RegexOptions.Multiline)]
    private static partial Regex BarPattern();

    [GeneratedRegex("\e\\[[0-9;]+m")]
    private static partial Regex ColourPattern();
}
