using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Thpc.NodeAgent.Stages;

/// <summary>A step that runs now.</summary>
internal sealed record RunningStep(Step Step, DateTimeOffset Since)
{
    /// <summary>The line in `status`: since when it runs, its limit and its log.</summary>
    public string Line => string.Create(
        CultureInfo.InvariantCulture,
        $"now: {Step.Summary}, since {Since:HH:mm:ss} UTC"
            + $"{(Step.Limit is { } limit ? $", limit {limit.TotalSeconds:0} s" : "")}"
            + $"{(Step.LogPath is { } path ? $", output in {path}" : "")}");

    /// <summary>How long it has been running, its limit, and what it printed last.</summary>
    public string LineAt(DateTimeOffset now)
    {
        var seconds = Math.Max(0, (now - Since).TotalSeconds);
        var latest = Step.Latest() is { Length: > 0 } text ? $": {text}" : "";
        var limit = Step.Limit is { } max ? string.Create(CultureInfo.InvariantCulture, $" of {max.TotalSeconds:0} s") : "";
        return string.Create(CultureInfo.InvariantCulture, $"{Step.Summary}: {seconds:0} s{limit}{latest}");
    }
}

/// <summary>The steps that run now. The log gets a line for each minute that a step takes.</summary>
/// <param name="changed">Receives the steps whenever one starts or ends.</param>
internal sealed class RunningSteps(TimeProvider time, ILogger log, Action<IReadOnlyList<RunningStep>> changed)
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);
    private readonly List<RunningStep> _running = [];

    /// <summary>Registers a step until the result is disposed.</summary>
    public IDisposable Add(Step step)
    {
        var running = new RunningStep(step, time.GetUtcNow());
        Change(() => _running.Add(running));
        var timer = time.CreateTimer(_ => Log.StepStillRunning(log, running.LineAt(time.GetUtcNow())), null, Period, Period);
        return new Registration(() =>
        {
            timer.Dispose();
            Change(() => _running.Remove(running));
        });
    }

    private void Change(Action change)
    {
        lock (_running)
        {
            change();
            changed([.. _running]);
        }
    }

    private sealed class Registration(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
