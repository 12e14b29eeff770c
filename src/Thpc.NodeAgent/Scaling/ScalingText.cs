namespace Thpc.NodeAgent.Scaling;

/// <summary>Sentences that `scaling match` and `scaling rounds` share.</summary>
internal static class ScalingText
{
    /// <returns>Why fewer nodes than wanted are added; null if all are added.</returns>
    public static string? Shortfall(ScalingQueue queue, ScaleOutPlan plan, int running) => plan.End switch
    {
        ScaleOutEnd.NoType => "no node is added: the queue has no ExpansionNodeConfigs and no LaunchTemplateIds",
        ScaleOutEnd.SwitchedOff => "no node is added: EnableAutoExpansion of this queue is false",
        ScaleOutEnd.MaxSize => $"MaxSize {queue.MaxSize} minus {running} running nodes allows {plan.Room} more: "
            + $"{plan.Wanted - plan.Room} of {plan.Wanted} nodes are not added",
        _ => null,
    };

    public static string Plural(int count, string word) => count == 1 ? $"1 {word}" : $"{count} {word}s";
}
