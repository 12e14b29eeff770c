namespace Thpc.NodeAgent.Scaling;

/// <summary>What decided how many nodes a round adds.</summary>
internal enum RoundBound
{
    /// <summary>The need was not above ScaleOutNodeThreshold, or the ratio is 100: all of it.</summary>
    All,

    /// <summary>ScaleOutRatio.</summary>
    Ratio,

    /// <summary>MaxNodesPerCycle.</summary>
    Cycle,
}

internal enum ScaleOutEnd
{
    /// <summary>Every node that was asked for.</summary>
    Complete,

    /// <summary>The queue may have no more.</summary>
    MaxSize,

    /// <summary>EnableAutoExpansion is false.</summary>
    SwitchedOff,

    /// <summary>The queue names no type that could be added.</summary>
    NoType,
}

/// <param name="Number">From 1.</param>
/// <param name="Need">Before the round.</param>
/// <param name="Nodes">That it adds.</param>
/// <param name="Total">That were added up to its end.</param>
internal sealed record Round(int Number, int Need, int Nodes, int Total, RoundBound Bound);

/// <summary>
/// How THPC_AS adds nodes: where the need is above ScaleOutNodeThreshold, ScaleOutRatio per cent of it a round, rounded up, else all; never more than
/// MaxNodesPerCycle a round, nor than MaxSize in all (the API's QueueConfig and the user guide's examples). Equality with the threshold is in no
/// document: it is taken as "not above".
/// </summary>
/// <param name="Wanted">By the job.</param>
/// <param name="Room">What MaxSize leaves beside the nodes that run already.</param>
internal sealed record ScaleOutPlan(int Wanted, int Room, IReadOnlyList<Round> Rounds, ScaleOutEnd End)
{
    public int Added => Rounds.Count == 0 ? 0 : Rounds[^1].Total;

    /// <param name="running">Elastic nodes that the queue has already.</param>
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
            rounds.Add(new Round(rounds.Count + 1, need, nodes, total, nodes < share ? RoundBound.Cycle : share < need ? RoundBound.Ratio : RoundBound.All));
        }

        return new ScaleOutPlan(wanted, room, rounds, wanted > room ? ScaleOutEnd.MaxSize : ScaleOutEnd.Complete);
    }
}
