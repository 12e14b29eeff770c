using Microsoft.Extensions.Logging;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.Stages;

/// <summary>
/// Runs stages one after the other, except those that begin early, and the steps of a stage in parallel where their order allows it.
/// Every failure becomes a result; the stages after a failed one do not run.
/// </summary>
/// <param name="language">The language of hints in log lines; the report contains both.</param>
/// <param name="publish">Receives the report when a stage that has steps starts.</param>
/// <param name="showRunning">Receives the running steps whenever one starts or ends.</param>
/// <param name="start">The timestamp of the run's start, if that was before.</param>
internal sealed class StageRunner(
    TimeProvider time, ILogger log, Language language, Action<Report> publish, Action<IReadOnlyList<RunningStep>> showRunning,
    long? start = null)
{
    private const int MaxNotes = 20;
    private readonly long _start = start ?? time.GetTimestamp();
    private readonly RunningSteps _running = new(time, log, showRunning);

    /// <param name="report">A report that identifies the node and the run; outcome and stages are filled in.</param>
    public async Task<Report> RunAsync(Report report, IReadOnlyList<IStage> stages, CancellationToken cancel)
    {
        var done = new StageReport?[stages.Count];
        var turn = new Lock();
        List<string> warnings = [.. report.Warnings];
        Report Now(RunOutcome outcome, string? current) => report with
        {
            Outcome = outcome,
            CurrentStage = current,
            DurationMs = Elapsed(),
            FinishedAt = outcome == RunOutcome.Running ? null : report.StartedAt.AddMilliseconds(Elapsed()),
            Warnings = [.. warnings],
            Stages = [.. stages.Select((stage, index) => done[index] ?? NotRun(stage, done))],
        };

        for (int next = 0, end; next < stages.Count && !HasFailed(); next = end)
        {
            for (end = next + 1; end < stages.Count && stages[end].BeginsEarly;)
            {
                end++;
            }

            List<Task> running = [];
            for (var index = next; index < end; index++)
            {
                running.Add(RunAsync(index, end));
            }

            await Task.WhenAll(running);
        }

        return Now(
            cancel.IsCancellationRequested && HasFailed() ? RunOutcome.Interrupted
                : HasFailed() ? RunOutcome.Failed : RunOutcome.Succeeded,
            null);

        bool HasFailed() => Array.Exists(done, stage => stage?.Outcome == Outcome.Failed);

        async Task RunAsync(int index, int end)
        {
            var result = await RunStageAsync(stages[index], AddWarnings, () => PublishRunning(end), cancel);
            lock (turn)
            {
                done[index] = result;
            }

            // Another stage of the group still runs.
            PublishRunning(end);
        }

        void AddWarnings(IEnumerable<string> found)
        {
            lock (turn)
            {
                warnings.AddRange(found);
            }
        }

        // The current stage is the first one that has not ended.
        void PublishRunning(int end)
        {
            lock (turn)
            {
                if (Array.IndexOf(done, null) is >= 0 and var current && current < end)
                {
                    publish(Now(RunOutcome.Running, stages[current].Name));
                }
            }
        }
    }

    private static StageReport NotRun(IStage stage, StageReport?[] done)
    {
        var failed = Array.Find(done, other => other?.Outcome == Outcome.Failed);
        return new StageReport(stage.Name, Outcome.NotRun, failed is null ? null : $"{failed.Name} failed", 0, 0, []);
    }

    private async Task<StageReport> RunStageAsync(
        IStage stage, Action<IEnumerable<string>> addWarnings, Action publishStart, CancellationToken cancel)
    {
        var started = Elapsed();
        Log.StageStarted(log, stage.Name);
        StagePlan plan;
        try
        {
            plan = await stage.PlanAsync(cancel);
        }
#pragma warning disable CA1031 // Here and at the command, every failure becomes a result.
        catch (Exception e)
#pragma warning restore CA1031
        {
            var error = ErrorReport.From(Error.From(e, cancel.IsCancellationRequested));
            Log.StageFailed(log, stage.Name, error.Code, error.Message, error.Advice.In(language));
            return new StageReport(stage.Name, Outcome.Failed, null, started, Elapsed() - started, []) { Error = error };
        }

        foreach (var warning in plan.Warnings)
        {
            Log.Warning(log, warning);
        }

        addWarnings(plan.Warnings);
        if (plan.Steps.Count == 0)
        {
            Log.StageSkipped(log, stage.Name, plan.Reason ?? "nothing to do");
            return new StageReport(stage.Name, Outcome.Skipped, plan.Reason ?? "nothing to do", started, Elapsed() - started, []);
        }

        // A stage without steps ends at once, so its start is not published.
        publishStart();
        var steps = await RunStepsAsync(plan, cancel);
        foreach (var warning in plan.Steps.SelectMany(step => step.Warnings()))
        {
            Log.Warning(log, warning);
            addWarnings([warning]);
        }

        var outcome = steps.Any(step => step is { Outcome: Outcome.Failed, MayFail: false }) ? Outcome.Failed : Outcome.Succeeded;
        Log.StageFinished(log, stage.Name, outcome == Outcome.Failed ? "failed" : "succeeded", Elapsed() - started);
        return new StageReport(stage.Name, outcome, plan.Reason, started, Elapsed() - started, steps);
    }

    private async Task<IReadOnlyList<StepReport>> RunStepsAsync(StagePlan plan, CancellationToken cancel)
    {
        using var gate = new SemaphoreSlim(plan.Parallelism);
        var running = new Dictionary<Step, Task<StepReport>>();
        foreach (var step in plan.Steps)
        {
            Task<StepReport>[] needs = [.. step.Needs.Select(other => running[other])];
            Task<StepReport>[] before = [.. needs, .. step.After.Select(other => running[other])];
#pragma warning disable CA2025 // All tasks are awaited below, before the semaphore is disposed.
            running[step] = RunStepAsync(step, before, needs, gate, cancel);
#pragma warning restore CA2025
        }

        return await Task.WhenAll(plan.Steps.Select(step => running[step]));
    }

    private async Task<StepReport> RunStepAsync(
        Step step, Task<StepReport>[] before, Task<StepReport>[] needs, SemaphoreSlim gate, CancellationToken cancel)
    {
        await Task.WhenAll(before);
        if (needs.Select(need => need.Result).Any(need => need.Outcome != Outcome.Succeeded))
        {
            return new StepReport(step.Summary, Outcome.NotRun, Elapsed(), 0, null, step.MayFail, [])
            {
                Kind = step.Kind,
                Subject = step.Subject,
            };
        }

        // No cancellation here: the running steps are cancelled too and release the semaphore soon.
        await gate.WaitAsync(CancellationToken.None);
        var started = Elapsed();
        List<NoteReport> notes = [];
        try
        {
            cancel.ThrowIfCancellationRequested();
            Log.StepStarted(log, step.Summary, step.LogPath is { } path ? $", output in {path}" : "");
            using var registration = _running.Add(step);
            await step.Run(text => Note(step, notes, text), cancel);
            Log.StepFinished(log, step.Summary, Elapsed() - started);
            return new StepReport(step.Summary, Outcome.Succeeded, started, Elapsed() - started, null, step.MayFail, Copy(notes))
            {
                Kind = step.Kind,
                Subject = step.Subject,
                Sha256 = step.Sha256(),
            };
        }
#pragma warning disable CA1031 // Here and at the command, every failure becomes a result.
        catch (Exception e)
#pragma warning restore CA1031
        {
            var error = Error.From(e, cancel.IsCancellationRequested);
            Log.StepFailed(log, step.Summary, error.Code.Name, error.Message, error.Hint.In(language));
            foreach (var line in DiagnosticsText.Lines(error.Diagnostics))
            {
                Log.StepDiagnostics(log, step.Summary, line);
            }

            // An interrupted step is a failure of the stage, even if the step may fail: it must not count as done.
            var mayFail = step.MayFail && error.Code != ErrorCode.Interrupted;
            return new StepReport(
                step.Summary, Outcome.Failed, started, Elapsed() - started, ErrorReport.From(error), mayFail, Copy(notes))
            {
                Kind = step.Kind,
                Subject = step.Subject,
                Sha256 = step.Sha256(),
            };
        }
        finally
        {
            gate.Release();
        }
    }

    private void Note(Step step, List<NoteReport> notes, string text)
    {
        Log.StepNote(log, step.Summary, text);
        lock (notes)
        {
            // Keep the first and the last notes, which show how the step began and ended.
            if (notes.Count == MaxNotes)
            {
                notes.RemoveAt(MaxNotes / 2);
            }

            notes.Add(new NoteReport(Elapsed(), text));
        }
    }

    private static IReadOnlyList<NoteReport> Copy(List<NoteReport> notes)
    {
        lock (notes)
        {
            return [.. notes];
        }
    }

    private long Elapsed() => (long)time.GetElapsedTime(_start).TotalMilliseconds;
}
