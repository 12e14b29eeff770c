using System.Text.Json;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Fleet;

/// <summary>Writes what differs between a node and its siblings as JSON.</summary>
internal static class NodeComparisonJson
{
    public static void Write(Utf8JsonWriter writer, NodeComparison comparison)
    {
        var report = comparison.Node.Report;
        writer.WriteStartObject();
        writer.WriteString("node", comparison.Node.Node);
        writer.WriteString("host_name", report.HostName);
        writer.WriteTexts("addresses", report.Addresses ?? []);
        writer.WriteString("cluster_id", report.ClusterId);
        writer.WriteString("node_role", report.NodeRole);
        writer.WriteNumber("siblings", comparison.Siblings);
        writer.WriteObjects("differences", comparison.Differences, difference =>
        {
            writer.WriteString("feature", difference.Feature);
            writer.WriteNumber("surprise_bits", Math.Round(difference.Surprise, 1));
            writer.WriteNumber("same", difference.Same);
            writer.WriteNumber("compared", difference.Compared);
            if (difference is ValueDifference value)
            {
                writer.WriteString("value", value.Value);
                writer.WriteString("usual", value.Usual);
                writer.WriteNumber("usual_count", value.UsualCount);
            }
            else if (difference is TimeDifference time)
            {
                writer.WriteNumber("duration_ms", time.Ms);
                writer.WriteNumber("p50_ms", time.Siblings.P50);
                writer.WriteNumber("p95_ms", time.Siblings.P95);
                writer.WriteNumber("max_ms", time.Siblings.Max);
                writer.WriteTexts("notes", time.Notes.Select(note => note.Text));
            }
        });
        writer.WriteEndObject();
    }
}
