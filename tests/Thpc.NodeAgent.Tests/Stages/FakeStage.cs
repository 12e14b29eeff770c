using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Stages;

namespace Thpc.NodeAgent.Tests.Stages;

/// <summary>A stage with a given plan, which changes nothing on the node.</summary>
internal sealed class FakeStage(string name, Func<CancellationToken, StagePlan> plan) : IStage
{
    public FakeStage(string name, params Step[] steps)
        : this(name, _ => new StagePlan(steps))
    {
    }

    public string Name { get; } = name;

    public bool BeginsEarly { get; init; }

    public int Planned { get; private set; }

    public Task<StagePlan> PlanAsync(CancellationToken cancel)
    {
        Planned++;
        return Task.FromResult(plan(cancel));
    }

    public static Step Works(string summary, Action? work = null) => new(summary, (_, _) =>
    {
        work?.Invoke();
        return Task.CompletedTask;
    });

    public static Step Fails(string summary, bool mayFail = false) =>
        new(summary, (_, _) => throw new AgentException(ErrorCode.MountDenied, $"{summary} went wrong", new("Do better.", "请改进。")))
        {
            MayFail = mayFail,
        };
}
