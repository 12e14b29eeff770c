using System.Text.Json;
using CsCheck;
using Thpc.NodeAgent.Fleet;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Tests.Fleet;

public sealed class NodeComparisonTests
{
    private const int Fleets = 1000;

    [Fact]
    public void Planted_difference_is_named_first()
    {
        var wrong = new List<string>();
        for (var seed = 0; seed < Fleets; seed++)
        {
            var fleet = new GeneratedFleet(seed);
            var planted = fleet.Plant();
            var first = fleet.Compare().Differences is [var difference, ..] ? difference.Feature : null;
            if (first != planted)
            {
                wrong.Add($"fleet {seed} of {fleet.Runs.Count} nodes: {first ?? "nothing"} instead of {planted}");
            }
        }

        Assert.True(wrong.Count <= Fleets / 100, $"{wrong.Count} of {Fleets}:\n{string.Join('\n', wrong)}");
    }

    [Fact]
    public void Nothing_is_claimed_of_an_ordinary_node()
    {
        var wrong = new List<string>();
        for (var seed = 0; seed < Fleets; seed++)
        {
            var fleet = new GeneratedFleet(Fleets + seed);
            if (fleet.Compare().Differences is [var first, ..])
            {
                wrong.Add($"fleet {seed} of {fleet.Runs.Count} nodes: {first}");
            }
        }

        Assert.True(wrong.Count <= Fleets / 100, $"{wrong.Count} of {Fleets}:\n{string.Join('\n', wrong)}");
    }

    [Fact]
    public void Differences_are_written_with_the_siblings_values()
    {
        var fleet = new GeneratedFleet(3);
        var report = fleet.Runs[0].Report;
        var mount = report.Stages[2];
        var node = fleet.Runs[0] with
        {
            Report = report with
            {
                Kernel = "4.18.0",
                Warnings = ["\u001b[31mhides\nfiles"],
                Stages =
                [
                    report.Stages[0], report.Stages[1],
                    mount with
                    {
                        DurationMs = mount.DurationMs + 60_000,
                        Steps =
                        [
                            mount.Steps[0],
                            mount.Steps[1] with { DurationMs = 60_700, Notes = [new NoteReport(9, "attempt 1: refused")] },
                            mount.Steps[2],
                        ],
                    },
                ],
            },
        };
        var all = fleet.Runs.Count - 1;
        var text = NodeComparisonText.Write(NodeComparison.Of(node, [node, .. fleet.Runs.Skip(1)]));
        Assert.StartsWith(
            $"compute-001 (ins-00000000, 172.30.0.10): COMPUTE of hpc-8hje8h12, {all} siblings\n  1. kernel: 4.18.0\n     ", text,
            StringComparison.Ordinal);
        Assert.Contains($" of {all} siblings have 5.4.119-20.0011\n", text, StringComparison.Ordinal);
        Assert.Contains($"2. warning  [31mhides files; 0 of {all} siblings have it\n", text, StringComparison.Ordinal);
        Assert.Contains(
            $"3. step mount /data: 60.70 s\n     {all} siblings: p50 ", text, StringComparison.Ordinal);
        Assert.EndsWith("     note: attempt 1: refused\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("stage mount", text, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(Json(NodeComparison.Of(node, fleet.Runs.Skip(1))));
        Assert.Equal(
            ["kernel", "warning \u001b[31mhides\nfiles", "step mount /data"],
            json.RootElement.GetProperty("differences").EnumerateArray().Select(item => item.GetProperty("feature").GetString()));
        Assert.Equal(60_700, json.RootElement.GetProperty("differences")[2].GetProperty("duration_ms").GetInt64());
    }

    [Fact]
    public void Only_nodes_of_the_same_cluster_and_role_are_siblings()
    {
        var node = new NodeRun("a", Reports.Succeeded with { Kernel = "1" });
        NodeRun[] others =
        [
            new("b", Reports.Succeeded), new("c", Reports.Succeeded),
            new("d", Reports.Succeeded with { ClusterId = "hpc-other" }), new("e", Reports.Succeeded with { NodeRole = "LOGIN" }),
        ];
        var comparison = NodeComparison.Of(node, [node, .. others]);
        Assert.Equal(2, comparison.Siblings);
        Assert.EndsWith("2 siblings: too few to compare; 3 are needed\n", NodeComparisonText.Write(comparison), StringComparison.Ordinal);
        comparison = NodeComparison.Of(node, [node, .. others, new NodeRun("f", Reports.Succeeded)]);
        Assert.EndsWith("nothing stands out among 3 siblings\n", NodeComparisonText.Write(comparison), StringComparison.Ordinal);
    }

    [Fact]
    public void Values_that_differ_on_every_node_are_no_difference()
    {
        NodeRun[] runs = [.. Enumerable.Range(0, 20).Select(i => new NodeRun($"n{i}", Reports.Succeeded with { Kernel = $"5.{i}" }))];
        Assert.Empty(NodeComparison.Of(runs[7], runs).Differences);
    }

    [Fact]
    public void Slow_link_of_the_boot_stands_out_and_explains_nothing_of_the_run()
    {
        static Report Booted(int i, long networkMs) => Reports.Succeeded with
        {
            Boot = new BootReport(Reports.Start, 20_000, [new BootLink("network", null, 0, networkMs + (i * 10))]),
        };
        NodeRun[] runs = [.. Enumerable.Range(0, 20).Select(i => new NodeRun($"n{i}", Booted(i, i == 7 ? 40_000 : 2000)))];
        var difference = Assert.IsType<TimeDifference>(Assert.Single(NodeComparison.Of(runs[7], runs).Differences));
        Assert.Equal(("boot network", 40_070L), (difference.Feature, difference.Ms));
    }

    [Fact]
    public void Any_reports_are_compared() =>
        Reports.Any.Array[1, 10].Sample(reports =>
        {
            NodeRun[] runs = [.. reports.Select((report, i) => new NodeRun($"n{i}", ReportJson.Read(ReportJson.Write(report))!))];
            var comparison = NodeComparison.Of(runs[0], runs);
            using var json = JsonDocument.Parse(Json(comparison));
            Assert.All(
                NodeComparisonText.Write(comparison).EnumerateRunes(),
                rune => Assert.True(rune.Value == '\n' || TerminalText.IsPrintable(rune)));
        }, iter: 300);

    private static byte[] Json(NodeComparison comparison)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            NodeComparisonJson.Write(writer, comparison);
        }

        return stream.ToArray();
    }
}
