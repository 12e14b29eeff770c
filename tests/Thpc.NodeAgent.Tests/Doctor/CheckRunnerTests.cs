using Thpc.NodeAgent.Doctor;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Tests.Doctor;

public sealed class CheckRunnerTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(200);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_that_hangs_or_breaks_takes_no_other_with_it()
    {
        Check[] checks =
        [
            new("waits", async cancel => { await Task.Delay(Timeout.Infinite, cancel); return []; }),
            new("blocks", _ => { Thread.Sleep(TimeSpan.FromSeconds(5)); return Task.FromResult<IReadOnlyList<CheckResult>>([]); }),
            new("breaks", _ => throw new AgentException(ErrorCode.CosNotFound, "it is not there")),
            new("works", _ => Task.FromResult<IReadOnlyList<CheckResult>>([new("works", Verdict.Ok, "one"), new("works", Verdict.Warn, "two")])),
        ];

        var found = await CheckRunner.RunAsync(checks, Soon, Cancel);

        Assert.Equal(["waits Fail no answer within 0.2 s", "blocks Fail no answer within 0.2 s", "breaks Fail it is not there", "works Ok one", "works Warn two"], found.Select(diagnosis => $"{diagnosis.Check} {diagnosis.Verdict} {diagnosis.Measured}"));
        Assert.All(found.Where(diagnosis => diagnosis.Verdict != Verdict.Ok && diagnosis.Check != "works"), diagnosis => Assert.NotNull(diagnosis.Remedy));
    }

    [Fact]
    public async Task Whoever_ends_it_ends_all()
    {
        using var source = new CancellationTokenSource();
        var run = CheckRunner.RunAsync([new Check("waits", async cancel => { await source.CancelAsync(); await Task.Delay(Timeout.Infinite, cancel); return []; })], TimeSpan.FromMinutes(1), source.Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }
}
