using System.Text;
using System.Text.Json;
using CsCheck;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Fleet;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.Tests.Fleet;

public sealed class FleetSummaryTests
{
    [Fact]
    public void Stage_counts_only_nodes_where_it_ran()
    {
        var fleet = Of(Reports.Succeeded, Reports.Failed);
        Assert.Equal(
            [("script", 2, 2000L, 4000L), ("mount", 1, 2000L, 2000L)],
            fleet.Stages.Select(stage => (stage.Name, stage.Nodes, stage.P50, stage.Max)));
        Assert.Equal((2, 4000L), (fleet.Whole!.Nodes, fleet.Whole.Max));
    }

    [Fact]
    public void Links_of_the_boot_have_their_own_distribution_and_name_the_slowest()
    {
        static Report Booted(long networkMs) => Reports.Succeeded with
        {
            Boot = new BootReport(Reports.Start, 5000 + networkMs,
            [
                new BootLink("kernel", null, 0, 2000), new BootLink("network", "systemd-networkd-wait-online.service", 2000, networkMs),
                new BootLink("units", "a.service", 0, 1000), new BootLink("network", "network-online.target", 0, 1),
                new BootLink("script", null, 2000 + networkMs, 2000),
            ]),
        };
        var fleet = Of(Booted(1000), Booted(30_000), Reports.Succeeded);
        Assert.Equal(
            [("kernel", 2, 2000L, 2000L), ("units", 2, 1000L, 1000L), ("network", 2, 1001L, 30_001L), ("whole boot", 2, 6000L, 35_000L)],
            fleet.Links.Select(link => (link.Name, link.Nodes, link.P50, link.Max)));
        Assert.Contains(
            "; slowest link from power-on: network: systemd-networkd-wait-online 30.00 s", FleetText.Write(fleet, Language.English),
            StringComparison.Ordinal);
        Assert.Contains("from power-on, besides the stages\n  kernel", FleetText.Write(fleet, Language.English), StringComparison.Ordinal);
        Assert.Empty(Of(Reports.Succeeded).Links);
        Assert.DoesNotContain("power-on", FleetText.Write(Of(Reports.Succeeded), Language.English), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_in_progress_is_counted_but_not_timed()
    {
        var fleet = Of(Reports.Running);
        Assert.Contains(new OutcomeCount(RunOutcome.Running, 1), fleet.Outcomes);
        Assert.Null(fleet.Whole);
        Assert.Empty(fleet.Slowest);
        Assert.False(fleet.HasProblems);
    }

    [Fact]
    public void Failures_are_grouped_by_code_most_frequent_first()
    {
        var other = Reports.Failed with { Error = new ErrorReport("CONFIG_INVALID", "m", "h"), Stages = [] };
        var fleet = Of(other, Reports.Failed, Reports.Failed, Reports.Succeeded);
        Assert.Equal(
            [("SCRIPT_FAILED", "n001,n002", "exit code 1\nlast words"), ("CONFIG_INVALID", "n000", "m")],
            fleet.Failures.Select(failure => (failure.Code, Names(failure.Nodes), failure.Sample.Message)));
        Assert.True(fleet.HasProblems);
    }

    [Fact]
    public void Allowed_failure_is_not_a_failure() =>
        Assert.Empty(Of(Reports.Succeeded with { Stages = [Reports.Failed.Stages[1] with { Outcome = Outcome.Succeeded }] }).Failures);

    [Fact]
    public void Nodes_with_a_different_script_are_named()
    {
        var script = Assert.Single(Of(Fetched("aa"), Fetched("bb"), Fetched("aa"), Reports.Succeeded).Scripts);
        Assert.Equal("cos://b/x.sh", script.Script);
        Assert.Equal(
            [("aa", "n000,n002"), ("bb", "n001")], script.Contents.Select(content => (content.Sha256, Names(content.Nodes))));
        Assert.Empty(Of(Fetched("aa"), Fetched("aa")).Scripts);
    }

    [Fact]
    public void Node_lists_have_host_names_as_scontrol_takes_them()
    {
        var fleet = FleetSummary.From(
            [.. ((int[])[17, 3, 4, 120]).Select(i => new NodeRun($"ins-{i:x4}", Named($"compute-{i:000}")))], []);
        Assert.Contains(
            "  SCRIPT_FAILED  4 nodes: compute-[003-004,017,120]\n", FleetText.Write(fleet, Language.English), StringComparison.Ordinal);
        using var json = JsonDocument.Parse(Json(fleet));
        var failure = json.RootElement.GetProperty("failures")[0];
        Assert.Equal("compute-[003-004,017,120]", failure.GetProperty("host_list").GetString());
        Assert.Equal("ins-0003", failure.GetProperty("nodes")[0].GetString());
        Assert.Contains(
            "4 nodes: <bdi dir=\"ltr\">compute-[003-004,017,120]</bdi>", FleetPage.Write(fleet, "/x", Reports.Start, Language.English),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Long_list_is_cut_unless_all_is_asked_for()
    {
        // Only every second node failed, so that few numbers join.
        var fleet = FleetSummary.From(
            [.. Enumerable.Range(0, 60).Select(i => new NodeRun($"ins-{i}", Named($"compute-{(2 * i) + 1}")))], []);
        var whole = HostList.Fold(fleet.Runs.Select(run => run.Name));
        var text = FleetText.Write(fleet, Language.English);
        var line = Assert.Single(text.Split('\n'), line => line.StartsWith("  SCRIPT_FAILED", StringComparison.Ordinal));
        Assert.Matches(@"60 nodes: compute-\[1,3,5,[0-9,]+\] and \d+ more \(--all\)$", line);
        Assert.InRange(line.Split("nodes: ")[1].Split(' ')[0].Length, 90, 100);
        Assert.DoesNotContain(whole, text, StringComparison.Ordinal);
        var all = FleetText.Write(fleet, Language.English, all: true);
        Assert.Contains($"60 nodes: {whole}\n", all, StringComparison.Ordinal);
        Assert.DoesNotContain("--all", all, StringComparison.Ordinal);
        var page = FleetPage.Write(fleet, "/x", Reports.Start, Language.English);
        Assert.Matches("<details><summary[^>]*>60 nodes: .* and \\d+ more</summary>", page);
        Assert.Contains($"<bdi dir=\"ltr\">{whole}</bdi></p></details>", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Warnings_are_grouped_without_run_ids_and_times()
    {
        string Killed(int i) => $"the run {new Guid(i, 0, 0, new byte[8])} of 2026-11-29 14:31:1{i}Z was killed in stage mount";
        var fleet = Of(
            Reports.Succeeded with { Warnings = [Killed(1), "/data hides files"] }, Reports.Succeeded with { Warnings = [Killed(2)] },
            Reports.Succeeded with { Warnings = ["/data2 hides files"] });
        Assert.Equal(
            [(Killed(1), 2), ("/data hides files", 1), ("/data2 hides files", 1)],
            fleet.Warnings.Select(warning => (warning.Text, warning.Nodes.Count)));
        Assert.Contains(
            $"\nwarnings\n  {Killed(1)}\n    2 nodes: n[000-001]\n", FleetText.Write(fleet, Language.English), StringComparison.Ordinal);
    }

    [Fact]
    public void Agents_are_listed_only_where_versions_differ()
    {
        Assert.DoesNotContain("agents", FleetText.Write(Of(Reports.Succeeded), Language.English), StringComparison.Ordinal);
        var text = FleetText.Write(
            Of(Reports.Succeeded, Reports.Succeeded, Reports.Succeeded with { AgentVersion = "0.0.9" }), Language.English);
        Assert.Contains(
            "\nagents of different versions\n  0.1.0  2 nodes: n[000-001]\n  0.0.9  1 node: n002\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Host_name_of_several_reports_is_listed()
    {
        var fleet = Of(Reports.Succeeded with { HostName = "c1" }, Reports.Succeeded with { HostName = "c1" }, Reports.Succeeded);
        Assert.Contains(
            "\nhost names with several reports\n  c1: n000, n001\n", FleetText.Write(fleet, Language.English), StringComparison.Ordinal);
    }

    [Fact]
    public void At_most_ten_slowest_nodes_are_explained()
    {
        var fleet = Of([.. Enumerable.Range(1, 30).Select(i => Reports.Succeeded with { DurationMs = i * 1000 })]);
        Assert.Equal(Enumerable.Range(21, 10).Reverse().Select(i => i * 1000L), fleet.Slowest.Select(slow => slow.Run.DurationMs));
        Assert.Equal(("script", "run file:///x.sh"), (fleet.Slowest[0].Stage?.Name, fleet.Slowest[0].Step?.Summary));
        Assert.Contains(
            "script 2.00 s: run file:///x.sh 2.00 s; note: 12 bytes", FleetText.Write(fleet, Language.English), StringComparison.Ordinal);
    }

    [Fact]
    public void Any_reports_give_all_outputs_without_control_characters() =>
        Gen.Select(Reports.Any.Array[0, 12], Gen.String[Gen.Char["a\u001B\u202E<\uD83D\uDE00"], 1, 20]).Sample((reports, word) =>
        {
            var fleet = FleetSummary.From(
                [.. reports.Select((report, i) => new NodeRun($"{word}{i}", Whole(report with { ClusterId = word })))],
                [new UnreadableReport(word, word)]);
            Assert.Equal(reports.Length, fleet.Outcomes.Sum(outcome => outcome.Nodes));
            Assert.All(
                FleetText.Write(fleet, Language.English).EnumerateRunes(),
                rune => Assert.True(rune.Value == '\n' || !Rune.IsControl(rune) && rune.Value != 0x202E));
            using var json = JsonDocument.Parse(Json(fleet));
            Assert.Equal(reports.Length, json.RootElement.GetProperty("nodes").GetInt32());
        }, iter: 300);

    private static Report Named(string hostName) => Reports.Failed with { HostName = hostName };

    private static string Names(IEnumerable<NodeRun> nodes) => string.Join(',', nodes.Select(run => run.Node));

    private static Report Fetched(string sha256) =>
        Reports.Succeeded with
        {
            Stages = [Reports.Succeeded.Stages[1] with
            {
                Steps = [new StepReport("fetch cos://b/x.sh", Outcome.Succeeded, 0, 1, null, false, []) { Sha256 = sha256 }],
            }],
        };

    /// <summary>Writes and reads a report, which replaces halves of surrogate pairs.</summary>
    private static Report Whole(Report report) => ReportJson.Read(ReportJson.Write(report))!;

    private static FleetSummary Of(params Report[] reports) =>
        FleetSummary.From([.. reports.Select((report, i) => new NodeRun($"n{i:000}", report))], []);

    private static byte[] Json(FleetSummary fleet)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            FleetJson.Write(writer, fleet);
        }

        return stream.ToArray();
    }
}
