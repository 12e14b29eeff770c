using Thpc.NodeAgent.Doctor;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Tests.Doctor;

public sealed class CheckRunnerTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(200);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Hanging_or_failing_check_does_not_affect_others()
    {
        Check[] checks =
        [
            new("waits", async cancel => { await Task.Delay(Timeout.Infinite, cancel); return []; }),
            new("blocks", _ => { Thread.Sleep(TimeSpan.FromSeconds(5)); return Task.FromResult<IReadOnlyList<CheckResult>>([]); }),
            new("breaks", _ => throw new AgentException(ErrorCode.CosNotFound, "it is not there")),
            new("works",
                _ => Task.FromResult<IReadOnlyList<CheckResult>>([new("works", Verdict.Ok, "one"), new("works", Verdict.Warn, "two")])),
        ];

        var results = await CheckRunner.RunAsync(checks, Soon, Cancel);

        string[] expected =
        [
            "waits Fail no answer within 0.2 s",
            "blocks Fail no answer within 0.2 s",
            "breaks Fail it is not there",
            "works Ok one",
            "works Warn two",
        ];
        Assert.Equal(expected, results.Select(result => $"{result.Check} {result.Verdict} {result.Message}"));
        Assert.All(results.Take(3), result => Assert.NotNull(result.Fix));
    }

    [Fact]
    public async Task Cancellation_ends_all_checks()
    {
        using var source = new CancellationTokenSource();
        var run = CheckRunner.RunAsync([new Check("waits", async cancel => { await source.CancelAsync(); await Task.Delay(
            Timeout.Infinite, cancel); return []; })], TimeSpan.FromMinutes(1), source.Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }
}
