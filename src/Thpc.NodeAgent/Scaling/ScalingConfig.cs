using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Scaling;

/// <summary>The scaling configuration of a THPC_AS cluster, as in SetAutoScalingConfiguration (thpc 2023-03-21).</summary>
/// <param name="ExpansionBusyTime">How long a job must wait before nodes are added for it; at least 120 s.</param>
internal sealed record ScalingConfig(TimeSpan ExpansionBusyTime, IReadOnlyList<ScalingQueue> Queues)
{
    /// <param name="name">May be null if there is only one queue.</param>
    /// <exception cref="AgentException">CONFIG_INVALID: no queue has this name, or there are several and no name is given.</exception>
    public ScalingQueue Queue(string? name)
    {
        var known = string.Join(", ", Queues.Select(queue => queue.Name));
        if (name is not null)
        {
            return Queues.FirstOrDefault(queue => queue.Name == name)
                ?? throw new AgentException(
                    ErrorCode.ConfigInvalid, Messages.NoQueue(TerminalText.Quoted(name)), Hints.KnownQueues(known));
        }

        return Queues.Count == 1
            ? Queues[0]
            : throw new AgentException(ErrorCode.ConfigInvalid, Messages.SeveralQueues(Queues.Count, known), Hints.ChooseQueue);
    }
}

/// <summary>The fields of the API's QueueConfig that determine which nodes are added.</summary>
/// <param name="MaxSize">Maximum number of elastic nodes; 0 to 200.</param>
/// <param name="Nodes">ExpansionNodeConfigs that name a type, in their order.</param>
/// <param name="ScaleOutRatio">Percentage of the need that one round adds; 1 to 100.</param>
/// <param name="ScaleOutNodeThreshold">Up to this need, one round adds all of it; 0 to 200 nodes.</param>
/// <param name="MaxNodesPerCycle">Maximum number of nodes per round; 1 to 100.</param>
/// <param name="ScaleUpMemRatio">Percentage by which a job's memory is increased when it is matched with types.</param>
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
    /// <summary>CVM launch templates, which name further instance types.</summary>
    public IReadOnlyList<string> LaunchTemplateIds { get; init; } = [];

    /// <summary>Number of ExpansionNodeConfigs that name no type.</summary>
    public int NodesWithoutType { get; init; }

    /// <summary>Total nodes that the queue keeps, regardless of waiting jobs; 0 if not set.</summary>
    public int DesiredNodeCount { get; init; }

    /// <summary>Idle nodes that the queue keeps, regardless of waiting jobs; 0 if not set.</summary>
    public int DesiredIdleNodeCapacity { get; init; }

    /// <summary>Whether nodes of types outside <see cref="Nodes"/> may be added.</summary>
    public bool HasUnknownTypes => LaunchTemplateIds.Count > 0 || NodesWithoutType > 0;

    /// <summary>Facts that affect the added nodes and are not in the configuration; a sentence each.</summary>
    public IEnumerable<string> Unknowns()
    {
        if (LaunchTemplateIds.Count > 0)
        {
            yield return $"the instance types of LaunchTemplateIds {string.Join(", ", LaunchTemplateIds)} are in CVM's templates, "
                + "not in this file, and their order is not documented; `tccli cvm DescribeLaunchTemplateVersions` shows them";
        }

        if (NodesWithoutType > 0)
        {
            yield return $"{NodesWithoutType} of ExpansionNodeConfigs {(NodesWithoutType == 1 ? "has" : "have")} no InstanceType, "
                + "so the type of their nodes is unknown";
        }

        foreach (var (key,
            count) in ((string, int)[])[("DesiredNodeCount", DesiredNodeCount), ("DesiredIdleNodeCapacity", DesiredIdleNodeCapacity)])
        {
            if (count > 0)
            {
                yield return $"{key} {count} adds nodes even if no job waits; how they add to a job's nodes is not documented, "
                    + "so they are left out here";
            }
        }
    }
}

/// <summary>An entry of ExpansionNodeConfigs.</summary>
/// <param name="Place">Position in the list, from 1, as in the user guide.</param>
/// <param name="Zone">Null if none is given.</param>
internal sealed record ScaleOutNode(int Place, string InstanceType, string? Zone);
