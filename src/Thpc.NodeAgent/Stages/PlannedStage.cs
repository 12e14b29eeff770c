namespace Thpc.NodeAgent.Stages;

/// <summary>A stage that has looked already: what was agreed to is what is run.</summary>
internal sealed class PlannedStage(string name, StagePlan plan) : IStage
{
    public string Name => name;

    public Task<StagePlan> PlanAsync(CancellationToken cancel) => Task.FromResult(plan);
}
