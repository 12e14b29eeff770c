using System.Text.Json;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Fleet;

/// <summary>Writes a fleet as JSON, with all nodes.</summary>
internal static class FleetJson
{
    public static void Write(Utf8JsonWriter writer, FleetSummary fleet)
    {
        writer.WriteStartObject();
        writer.WriteNumber("nodes", fleet.Runs.Count);
        writer.WriteObject("outcomes", () =>
        {
            foreach (var (outcome, nodes) in fleet.Outcomes)
            {
                writer.WriteNumber(SummaryText.Word(outcome), nodes);
            }
        });
        writer.WriteObjects("clusters", fleet.Clusters, cluster =>
        {
            writer.WriteString("id", cluster.Cluster);
            writer.WriteNumber("nodes", cluster.Nodes);
        });
        if (fleet.Whole is { } whole)
        {
            writer.WriteObject("run", () => Times(writer, whole));
        }
        else
        {
            writer.WriteNull("run");
        }

        writer.WriteObjects("stages", fleet.Stages, stage =>
        {
            writer.WriteString("name", stage.Name);
            Times(writer, stage);
        });
        writer.WriteObjects("boot_links", fleet.Links, link =>
        {
            writer.WriteString("name", link.Name);
            Times(writer, link);
        });
        writer.WriteObjects("slowest", fleet.Slowest, slow => Slow(writer, slow));
        writer.WriteObjects("failures", fleet.Failures, failure =>
        {
            writer.WriteString("code", failure.Code);
            Nodes(writer, failure.Nodes);
            writer.WriteString("message", failure.Sample.Message);
            writer.WriteString("hint", failure.Sample.Hint);
            writer.WriteString("hint_zh", failure.Sample.HintZh);
        });
        writer.WriteObjects("differing_scripts", fleet.Scripts, script =>
        {
            writer.WriteString("script", script.Script);
            writer.WriteObjects("contents", script.Contents, content =>
            {
                writer.WriteString("sha256", content.Sha256);
                Nodes(writer, content.Nodes);
            });
        });
        Groups(writer, "warnings", "text", fleet.Warnings);
        Groups(writer, "agents", "version", fleet.Agents);
        Groups(writer, "shared_host_names", "host_name", fleet.SharedNames);
        writer.WriteObjects("unreadable", fleet.Unreadable, file =>
        {
            writer.WriteString("file", file.File);
            writer.WriteString("problem", file.Problem);
        });
        writer.WriteEndObject();
    }

    private static void Slow(Utf8JsonWriter writer, SlowNode slow)
    {
        writer.WriteString("node", slow.Run.Node);
        writer.WriteString("host_name", slow.Run.Report.HostName);
        writer.WriteTexts("addresses", slow.Run.Report.Addresses ?? []);
        writer.WriteString("outcome", SummaryText.Word(slow.Run.Report.Outcome));
        writer.WriteNumber("duration_ms", slow.Run.DurationMs);
        writer.WriteString("stage", slow.Stage?.Name);
        writer.WriteNumber("stage_ms", NodeRun.ClampDuration(slow.Stage?.DurationMs ?? 0));
        writer.WriteString("step", slow.Step?.Summary);
        writer.WriteNumber("step_ms", NodeRun.ClampDuration(slow.Step?.DurationMs ?? 0));
        writer.WriteString("boot_link", slow.Run.Report.Boot?.Slowest?.Name);
        writer.WriteString("boot_unit", slow.Run.Report.Boot?.Slowest?.Unit);
        writer.WriteNumber("boot_link_ms", NodeRun.ClampDuration(slow.Run.Report.Boot?.Slowest?.DurationMs ?? 0));
        writer.WriteTexts("notes", slow.Step?.Notes.Select(note => note.Text) ?? []);
    }

    private static void Times(Utf8JsonWriter writer, DurationDistribution durations)
    {
        writer.WriteNumber("nodes", durations.Nodes);
        writer.WriteNumber("p50_ms", durations.P50);
        writer.WriteNumber("p95_ms", durations.P95);
        writer.WriteNumber("max_ms", durations.Max);
    }

    private static void Nodes(Utf8JsonWriter writer, IReadOnlyList<NodeRun> nodes)
    {
        writer.WriteNumber("count", nodes.Count);
        writer.WriteTexts("nodes", nodes.Select(run => run.Node));
        writer.WriteString("host_list", FleetSentences.List(nodes));
    }

    private static void Groups(Utf8JsonWriter writer, string name, string field, IReadOnlyList<NodeGroup> groups) =>
        writer.WriteObjects(name, groups, group =>
        {
            writer.WriteString(field, group.Text);
            Nodes(writer, group.Nodes);
        });
}
