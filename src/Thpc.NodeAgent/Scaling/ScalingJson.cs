using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Configuration.Api;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Scaling;

/// <summary>
/// Reads the body of SetAutoScalingConfiguration (thpc 2023-03-21), or a whole response of DescribeAutoScalingConfiguration. Defaults and
/// ranges are the API's.
/// </summary>
internal static class ScalingJson
{
    private const int MaxNodes = 200;

    /// <returns>Null after a diagnostic that leaves nothing to read.</returns>
    public static ScalingConfig? Parse(string text, string file, ICollection<ConfigDiagnostic> diagnostics)
    {
        if (JsonText.Parse(text, file, diagnostics) is not { } root || ApiResponse.Open(root, diagnostics) is not { } answer)
        {
            return null;
        }

        var fields = new JsonFields(answer, ReferenceEquals(answer, root) ? "" : ApiResponse.Wrapper, diagnostics);
        if (answer.AsTable is null || !fields.Has("QueueConfigs"))
        {
            diagnostics.Add(new ConfigDiagnostic(answer.Origin, Messages.NoQueueConfigs));
            return null;
        }

        var busy = fields.Integer("ExpansionBusyTime", 120, 120, null, "seconds");
        fields.Integer("ShrinkIdleTime", 300, 0, null, "seconds");
        var before = diagnostics.Count;
        var objects = fields.Objects("QueueConfigs");
        if (objects.Count == 0 && diagnostics.Count == before)
        {
            fields.AddDiagnostic("QueueConfigs", Messages.NoQueues);
        }

        HashSet<string> names = new(StringComparer.Ordinal);
        return new ScalingConfig(TimeSpan.FromSeconds(busy), [.. objects.Select(queue => Queue(queue, names))]);
    }

    private static ScalingQueue Queue(JsonFields queue, HashSet<string> names)
    {
        var name = queue.RequiredText("QueueName", "compute");
        if (name is not null && !names.Add(name))
        {
            queue.AddDiagnostic("QueueName", Messages.QueueTwice(TerminalText.Quoted(name)));
        }

        var min = queue.Integer("MinSize", 0, 0, MaxNodes, "nodes");
        var max = queue.Integer("MaxSize", 10, 0, MaxNodes, "nodes");
        if (min > max)
        {
            queue.AddDiagnostic("MinSize", Messages.MinAboveMax(min, max));
        }

        queue.Flag("EnableAutoShrink", true);
        var idle = queue.Integer("DesiredIdleNodeCapacity", 0, 0, null, "nodes");
        var desired = queue.Integer("DesiredNodeCount", 0, -1, null, "nodes");

        // No document gives a default of EnableAutoExpansion; only an explicit false switches it off.
        var expands = queue.Flag("EnableAutoExpansion", true);
        List<ScaleOutNode?> nodes = [.. queue.Objects("ExpansionNodeConfigs").Select(Node)];
        return new ScalingQueue(
            TerminalText.Quoted(name ?? "", 100),
            max,
            expands,
            [.. nodes.OfType<ScaleOutNode>()],
            queue.Integer("ScaleOutRatio", 100, 1, 100, "per cent"),
            queue.Integer("ScaleOutNodeThreshold", 0, 0, MaxNodes, "nodes"),
            queue.Integer("MaxNodesPerCycle", 100, 1, 100, "nodes"),
            queue.Integer("ScaleUpMemRatio", 0, 0, null, "per cent"))
        {
            LaunchTemplateIds = [.. queue.Texts("LaunchTemplateIds").Select(id => TerminalText.Quoted(id, 100))],
            NodesWithoutType = nodes.Count(node => node is null),
            DesiredNodeCount = desired,
            DesiredIdleNodeCapacity = idle,
        };
    }

    /// <summary>Returns null if the entry names no type.</summary>
    private static ScaleOutNode? Node(JsonFields node, int index)
    {
        var type = node.Text("InstanceType");
        var zone = node.Object("Placement")?.Text("Zone");
        return type is null
            ? null
            : new ScaleOutNode(
                index + 1,
                TerminalText.Quoted(type, 100),
                zone is null ? null : TerminalText.Quoted(zone, 100));
    }
}
