using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Tests.Host;

public sealed class RunLockTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 20, 0, 0, TimeSpan.Zero);
    private readonly TemporaryNode _node = new();

    public void Dispose() => _node.Dispose();

    [Fact]
    public void Second_run_is_busy_and_names_the_holder()
    {
        Assert.False(RunLock.IsHeld(_node.Root));
        using (RunLock.Acquire(_node.Root, "bootstrap", Now))
        {
            Assert.True(RunLock.IsHeld(_node.Root));
            var error = Assert.Throws<AgentException>(() => RunLock.Acquire(_node.Root, "script run", Now));
            Assert.Equal("BUSY", error.Code.Name);
            Assert.Contains(
                $"`thpc-node-agent bootstrap`, pid {Environment.ProcessId}, since 2026-11-23 20:00:00Z", error.Message,
                StringComparison.Ordinal);
        }

        Assert.False(RunLock.IsHeld(_node.Root));
        RunLock.Acquire(_node.Root, "bootstrap", Now).Dispose();
    }

    [Fact]
    public void Stale_text_in_the_lock_file_is_not_a_run()
    {
        _node.Write("/run/thpc-node-agent/lock", new string('x', 1000));
        Assert.False(RunLock.IsHeld(_node.Root));
        using var taken = RunLock.Acquire(_node.Root, "b", Now);
        Assert.Equal(
            $"`thpc-node-agent b`, pid {Environment.ProcessId}, since 2026-11-23 20:00:00Z\n", _node.Read("/run/thpc-node-agent/lock"));
    }

    [Fact]
    public async Task Continuous_IsHeld_calls_refuse_no_run()
    {
        RunLock.Acquire(_node.Root, "bootstrap", Now).Dispose();
        using var enough = new CancellationTokenSource();
        using var begun = new ManualResetEventSlim();
        var snapshot = Task.Run(
            () =>
            {
                while (!enough.IsCancellationRequested)
                {
                    RunLock.IsHeld(_node.Root);
                    begun.Set();
                }
            },
            TestContext.Current.CancellationToken);
        begun.Wait(TestContext.Current.CancellationToken);
        for (var i = 0; i < 200; i++)
        {
            RunLock.Acquire(_node.Root, "bootstrap", Now).Dispose();
        }

        await enough.CancelAsync();
        await snapshot;
    }
}
