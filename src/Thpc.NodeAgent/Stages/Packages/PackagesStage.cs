using Thpc.NodeAgent.Config;
using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Stages.Packages;

internal sealed class PackagesStage(NodeConfig config, NodeRoot root) : IStage
{
    public string Name => "packages";

    public Task<StagePlan> PlanAsync(CancellationToken cancel) => Task.FromResult(StagePlan.Nothing(File.Exists(root.Marker) ? "/root/thpc_preinstalled.json is there" : config.ToString()));
}
