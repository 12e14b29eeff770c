using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Scaling;

/// <summary>What SetAutoScalingConfiguration (thpc 2023-03-21) sets for a cluster of type THPC_AS.</summary>
/// <param name="ExpansionBusyTime">How long a job waits without a break before nodes are added for it; at least 120 s.</param>
internal sealed record ScalingConfig(TimeSpan ExpansionBusyTime, IReadOnlyList<ScalingQueue> Queues)
{
    /// <param name="name">Null where there is only one.</param>
    /// <exception cref="AgentException">CONFIG_INVALID: there is none of that name, or several and no name.</exception>
    public ScalingQueue Queue(string? name)
    {
        var known = string.Join(", ", Queues.Select(queue => queue.Name));
        return name is null
            ? Queues.Count == 1 ? Queues[0] : throw new AgentException(ErrorCode.ConfigInvalid, $"there are {Queues.Count} queues: {known}", new("Choose one with --queue NAME.", "请用 --queue NAME 选择一个队列。"))
            : Queues.FirstOrDefault(queue => queue.Name == name) ?? throw new AgentException(ErrorCode.ConfigInvalid, $"there is no queue {ConfigDiagnostic.Printable(name)}", new($"Queues here: {known}.", $"现有队列：{known}。"));
    }
}

/// <summary>The API's QueueConfig, as far as it decides what is added.</summary>
/// <param name="MaxSize">Most elastic nodes the queue may have; 0 to 200.</param>
/// <param name="Nodes">ExpansionNodeConfigs that name a type, in their order.</param>
/// <param name="ScaleOutRatio">Per cent of the need that one round adds; 1 to 100.</param>
/// <param name="ScaleOutNodeThreshold">Up to this need a round adds all of it; 0 to 200 nodes.</param>
/// <param name="MaxNodesPerCycle">1 to 100.</param>
/// <param name="ScaleUpMemRatio">Per cent by which a job's memory counts for more when a type is sought.</param>
internal sealed record ScalingQueue(
    string Name,
    int MaxSize,
    bool AutoExpansion,
    IReadOnlyList<ScaleOutNode> Nodes,
    int ScaleOutRatio,
    int ScaleOutNodeThreshold,
    int MaxNodesPerCycle,
    int ScaleUpMemRatio)
{
    /// <summary>Templates of cvm, which name the type instead of an ExpansionNodeConfig, or beside it.</summary>
    public IReadOnlyList<string> LaunchTemplateIds { get; init; } = [];

    /// <summary>How many ExpansionNodeConfigs name no type.</summary>
    public int NodesWithoutType { get; init; }

    /// <summary>Total nodes that the queue keeps, regardless of waiting jobs; 0 if not set.</summary>
    public int DesiredNodeCount { get; init; }

    /// <summary>Idle nodes that the queue keeps, regardless of waiting jobs; 0 if not set.</summary>
    public int DesiredIdleNodeCapacity { get; init; }

    /// <summary>Whether nodes of other types than those of <see cref="Nodes"/> may come.</summary>
    public bool HasUnknownTypes => LaunchTemplateIds.Count > 0 || NodesWithoutType > 0;

    /// <summary>What bears on the nodes that come, and cannot be worked out from the configuration; a sentence each.</summary>
    public IEnumerable<string> Unknowns()
    {
        if (LaunchTemplateIds.Count > 0)
        {
            yield return $"the instance types of LaunchTemplateIds {string.Join(", ", LaunchTemplateIds)} are in cvm's templates, not in this file, and when they are tried is in no document; `tccli cvm DescribeLaunchTemplateVersions` shows them";
        }

        if (NodesWithoutType > 0)
        {
            yield return $"{NodesWithoutType} of ExpansionNodeConfigs {(NodesWithoutType == 1 ? "has" : "have")} no InstanceType, and which one is taken there cannot be known here";
        }

        foreach (var (key, count) in ((string, int)[])[("DesiredNodeCount", DesiredNodeCount), ("DesiredIdleNodeCapacity", DesiredIdleNodeCapacity)])
        {
            if (count > 0)
            {
                yield return $"{key} {count} adds nodes whether a job waits or not; no document says how these and a job's add up, so they are left out here";
            }
        }
    }
}

/// <param name="Place">In the list, from 1, as the user guide counts.</param>
/// <param name="Zone">Null where none is given.</param>
internal sealed record ScaleOutNode(int Place, string InstanceType, string? Zone);
