namespace Thpc.NodeAgent.Stages;

/// <summary>A stage with a fixed plan: it runs exactly the steps that the user has confirmed.</summary>
internal sealed class PlannedStage(string name, StagePlan plan) : IStage
{
    public string Name => name;

    public Task<StagePlan> PlanAsync(CancellationToken cancel) => Task.FromResult(plan);
}
