using Thpc.NodeAgent.Scaling;

namespace Thpc.NodeAgent.Tests.Helpers;

/// <summary>Queues for tests. A queue without nodes has a launch template.</summary>
internal static class Queues
{
    public static ScalingQueue Of(
        int maxSize = 200, int ratio = 100, int threshold = 0, int perCycle = 100, int memoryRatio = 0, bool on = true,
        params ReadOnlySpan<(string Type, string Zone)> nodes)
    {
        List<ScaleOutNode> list = [];
        foreach (var (type, zone) in nodes)
        {
            list.Add(new ScaleOutNode(list.Count + 1, type, zone));
        }

        return new ScalingQueue("compute", maxSize, on, list, ratio, threshold, perCycle, memoryRatio)
        {
            LaunchTemplateIds = list.Count == 0 ? ["lt-1"] : [],
        };
    }
}
