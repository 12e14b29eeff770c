namespace Thpc.NodeAgent.Scaling;

/// <summary>The setting that limited the nodes of a round.</summary>
internal enum RoundBound
{
    /// <summary>None: the need is not above ScaleOutNodeThreshold, or the ratio is 100.</summary>
    All,

    /// <summary>ScaleOutRatio.</summary>
    Ratio,

    /// <summary>MaxNodesPerCycle.</summary>
    Cycle,
}

/// <summary>Why no more nodes are added.</summary>
internal enum ScaleOutEnd
{
    /// <summary>All requested nodes are added.</summary>
    Complete,

    /// <summary>The queue has reached its maximum size.</summary>
    MaxSize,

    /// <summary>EnableAutoExpansion is false.</summary>
    SwitchedOff,

    /// <summary>The queue names no type that could be added.</summary>
    NoType,
}

/// <summary>One round of adding nodes.</summary>
/// <param name="Number">The number of the round, from 1.</param>
/// <param name="Need">Nodes that are still needed before the round.</param>
/// <param name="Nodes">Nodes that the round adds.</param>
/// <param name="Total">Nodes added by this and all earlier rounds.</param>
/// <param name="Bound">The setting that limited the round.</param>
internal sealed record Round(int Number, int Need, int Nodes, int Total, RoundBound Bound);

/// <summary>
/// The rounds in which THPC_AS adds nodes, by the API's QueueConfig and the user guide's examples. If the need is above
/// ScaleOutNodeThreshold, a round adds ScaleOutRatio per cent of it, rounded up, otherwise all of it; never more than MaxNodesPerCycle per
/// round or MaxSize in total. No document covers a need equal to the threshold: it counts as "not above".
/// </summary>
/// <param name="Wanted">Nodes that the job needs.</param>
/// <param name="Room">Nodes that MaxSize allows in addition to the running ones.</param>
internal sealed record ScaleOutPlan(int Wanted, int Room, IReadOnlyList<Round> Rounds, ScaleOutEnd End)
{
    public int Added => Rounds.Count == 0 ? 0 : Rounds[^1].Total;

    /// <param name="running">Number of elastic nodes that the queue already has.</param>
    public static ScaleOutPlan Create(ScalingQueue queue, int wanted, int running)
    {
        var room = Math.Max(0, queue.MaxSize - running);
        if (queue.Nodes.Count == 0 && !queue.HasUnknownTypes)
        {
            return new ScaleOutPlan(wanted, room, [], ScaleOutEnd.NoType);
        }

        if (!queue.AutoExpansion)
        {
            return new ScaleOutPlan(wanted, room, [], ScaleOutEnd.SwitchedOff);
        }

        List<Round> rounds = [];
        var total = 0;
        for (var need = Math.Min(wanted, room); need > 0; need -= rounds[^1].Nodes)
        {
            var share = need > queue.ScaleOutNodeThreshold ? ((need * queue.ScaleOutRatio) + 99) / 100 : need;
            var nodes = Math.Min(share, queue.MaxNodesPerCycle);
            total += nodes;
            rounds.Add(new Round(
                rounds.Count + 1, need, nodes, total, nodes < share ? RoundBound.Cycle : share < need ? RoundBound.Ratio : RoundBound.All));
        }

        return new ScaleOutPlan(wanted, room, rounds, wanted > room ? ScaleOutEnd.MaxSize : ScaleOutEnd.Complete);
    }
}
