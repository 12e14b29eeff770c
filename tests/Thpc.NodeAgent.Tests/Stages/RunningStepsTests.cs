using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Thpc.NodeAgent.Stages;

namespace Thpc.NodeAgent.Tests.Stages;

public sealed class RunningStepsTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero));
    private readonly List<string> _logged = [];
    private IReadOnlyList<RunningStep> _shown = [];

    [Fact]
    public void Each_minute_of_a_step_is_one_log_line()
    {
        var steps = new RunningSteps(_time, new ListLogger(_logged), shown => _shown = shown);
        var step = new Step("run x.sh", (_, _) => Task.CompletedTask) { Limit = TimeSpan.FromSeconds(600), Latest = () => "downloading" };
        using (steps.Add(step))
        {
            Assert.Equal("now: run x.sh, since 05:06:07 UTC, limit 600 s", Assert.Single(_shown).Line);
            _time.Advance(TimeSpan.FromSeconds(59));
            Assert.Empty(_logged);
            _time.Advance(TimeSpan.FromSeconds(1));
            _time.Advance(TimeSpan.FromSeconds(60));
            _time.Advance(TimeSpan.FromSeconds(60));
        }

        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(
            [
                "still running: run x.sh: 60 s of 600 s: downloading", "still running: run x.sh: 120 s of 600 s: downloading",
                "still running: run x.sh: 180 s of 600 s: downloading",
            ],
            _logged);
        Assert.Empty(_shown);
    }

    [Fact]
    public void Parallel_steps_are_all_shown()
    {
        var steps = new RunningSteps(_time, new ListLogger(_logged), shown => _shown = shown);
        using var one = steps.Add(new Step("mount a", (_, _) => Task.CompletedTask));
        using (steps.Add(new Step("mount b", (_, _) => Task.CompletedTask) { LogPath = "/var/log/b" }))
        {
            Assert.Equal(
                ["now: mount a, since 05:06:07 UTC", "now: mount b, since 05:06:07 UTC, output in /var/log/b"],
                _shown.Select(step => step.Line));
        }

        Assert.Equal("mount a: 0 s", Assert.Single(_shown).LineAt(_time.GetUtcNow()));
    }

    private sealed class ListLogger(List<string> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Add(formatter(state, exception));
    }
}
