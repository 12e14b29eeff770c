using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Tests.Cos;

/// <summary>Every pause is as long as its window.</summary>
public sealed class CosRetryPolicyTests
{
    private static readonly CosFault Fault = new(new Error(ErrorCode.CosServerError, "HTTP 500"), Retry: true, FromCos: true);

    [Theory]
    [InlineData(false, new[] { 0.5, 1, 2 })]
    [InlineData(true, new[] { 8.0, 32, 64 })]
    public void Throttled_nodes_wait_longer(bool throttled, double[] pauses)
    {
        var policy = Policy(600);
        Assert.Equal(pauses, pauses.Select(_ => Next(policy, Fault with { Throttled = throttled }, 600)!.Value));
    }

    [Theory]
    [InlineData(5, 600, 5.5)]
    [InlineData(3600, 600, 598)]
    [InlineData(3600, 100, 98)]
    public void Retry_after_is_added_but_leaves_time_for_an_attempt(int seconds, double left, double pause) =>
        Assert.Equal(pause, Next(Policy(600), Fault with { RetryAfter = TimeSpan.FromSeconds(seconds) }, left));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Final_fault_is_not_retried(bool fromCos) =>
        Assert.Null(Next(Policy(600), Fault with { Retry = false, FromCos = fromCos, Throttled = fromCos }, 600));

    [Theory]
    [InlineData(90, 60.0)] // room for the script's run
    [InlineData(20, 18.0)] // room for the download only
    [InlineData(2.4, null)]
    public void Throttled_node_keeps_time_for_the_script_if_it_can(double left, double? pause)
    {
        var policy = Policy(600);
        _ = Next(policy, Fault with { Throttled = true }, 600);
        _ = Next(policy, Fault with { Throttled = true }, 600);
        Assert.Equal(pause, Next(policy, Fault with { Throttled = true }, left));
    }

    private static CosRetryPolicy Policy(double limit) => new(TimeSpan.FromSeconds(limit), () => 1);

    private static double? Next(CosRetryPolicy policy, CosFault fault, double left) =>
        policy.Next(fault, TimeSpan.FromSeconds(left))?.TotalSeconds;
}
