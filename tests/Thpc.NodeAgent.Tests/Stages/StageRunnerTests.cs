using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Stages;

namespace Thpc.NodeAgent.Tests.Stages;

public sealed class StageRunnerTests : IDisposable
{
    private readonly FakeTimeProvider _time = new(Reports.Start);
    private readonly CancellationTokenSource _cancel = new();
    private readonly List<Report> _published = [];

    [Fact]
    public async Task Stage_without_steps_is_skipped_with_reason()
    {
        var report = await RunAsync(new FakeStage("packages", _ => StagePlan.Nothing("the marker is there")), new FakeStage("mount"));
        Assert.Equal(RunOutcome.Succeeded, report.Outcome);
        Assert.Equal([("packages", Outcome.Skipped, "the marker is there"), ("mount", Outcome.Skipped, "nothing to do")], Stages(report));
    }

    [Fact]
    public async Task Stages_after_failed_stage_do_not_run()
    {
        var mount = new FakeStage("mount", FakeStage.Works("mount"));
        var report = await RunAsync(
            new FakeStage("packages", FakeStage.Works("install")),
            new FakeStage("script", FakeStage.Fails("run a"), FakeStage.Works("run b")), mount);
        Assert.Equal(RunOutcome.Failed, report.Outcome);
        Assert.Equal(
            [("packages", Outcome.Succeeded, null), ("script", Outcome.Failed, null), ("mount", Outcome.NotRun, "script failed")],
            Stages(report));
        Assert.Equal(0, mount.Planned);
        Assert.Equal(new ErrorReport("MOUNT_DENIED", "run a went wrong", "Do better.", "请改进。"), report.FirstError);
    }

    [Fact]
    public async Task Failed_plan_fails_stage()
    {
        var report = await RunAsync(new FakeStage("mount", _ => throw new AgentException(ErrorCode.FstabInvalid, "line 3 is odd")));
        Assert.Equal(RunOutcome.Failed, report.Outcome);
        Assert.Equal(("FSTAB_INVALID", "line 3 is odd"), (report.Stages[0].Error!.Code, report.FirstError!.Message));
    }

    [Fact]
    public async Task Unexpected_exception_is_reported_with_stack()
    {
        var report = await RunAsync(new FakeStage("mount", FakeStage.Works("x", () => throw new InvalidOperationException("oops"))));
        Assert.Equal("INTERNAL", report.FirstError!.Code);
        Assert.Contains("oops", report.FirstError.Message, StringComparison.Ordinal);
        Assert.Contains("   at ", report.FirstError.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Step_warnings_follow_plan_warnings_in_report()
    {
        List<string> found = [];
        var step = new Step("install", (_, cancel) => Task.Run(() => found.Add("its script failed"), cancel)) { Warnings = () => found };
        var report = await RunAsync(new FakeStage("packages", _ => new StagePlan([step]) { Warnings = ["an old image"] }));
        Assert.Equal(["before", "an old image", "its script failed"], report.Warnings);
    }

    [Fact]
    public async Task Optional_step_does_not_fail_stage()
    {
        var report = await RunAsync(
            new FakeStage("script", FakeStage.Fails("run a", mayFail: true), FakeStage.Works("run b")),
            new FakeStage("mount", FakeStage.Works("mount")));
        Assert.Equal(RunOutcome.Succeeded, report.Outcome);
        Assert.Equal([Outcome.Failed, Outcome.Succeeded], report.Stages[0].Steps.Select(step => step.Outcome));
        Assert.True(report.Stages[0].Steps[0].MayFail);
        Assert.Null(report.FirstError);
        Assert.Equal(Outcome.Succeeded, report.Stages[1].Outcome);
    }

    [Fact]
    public async Task Failed_need_prevents_step_but_failed_predecessor_does_not()
    {
        var fails = FakeStage.Fails("mount /data");
        var needs = new Step("mount /data/x", (_, _) => Task.CompletedTask) { Needs = [fails] };
        var needsThat = new Step("mount /data/x/y", (_, _) => Task.CompletedTask) { Needs = [needs] };
        var after = new Step("mount /home", (_, _) => Task.CompletedTask) { After = [fails, needs] };
        var report = await RunAsync(new FakeStage("mount", fails, needs, needsThat, after));
        Assert.Equal(
            [Outcome.Failed, Outcome.NotRun, Outcome.NotRun, Outcome.Succeeded], report.Stages[0].Steps.Select(step => step.Outcome));
        Assert.Equal(Outcome.Failed, report.Stages[0].Outcome);
    }

    [Fact]
    public async Task Steps_run_in_parallel_up_to_limit()
    {
        using var changed = new SemaphoreSlim(0);
        var door = new TaskCompletionSource();
        var (running, max) = (0, 0);
        Step[] steps = [.. Enumerable.Range(0, 7).Select(number => new Step($"mount {number}", async (_, _) =>
        {
            max = Math.Max(max, Interlocked.Increment(ref running));
            changed.Release();
            await door.Task;
            Interlocked.Decrement(ref running);
        }))];
        var run = RunAsync(new FakeStage("mount", _ => new StagePlan(steps, null, Parallelism: 3)));
        for (var number = 0; number < 3; number++)
        {
            await changed.WaitAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal(3, running);
        door.SetResult();
        Assert.Equal(RunOutcome.Succeeded, (await run).Outcome);
        Assert.Equal(3, max);
    }

    [Fact]
    public async Task Step_waits_for_predecessors()
    {
        var door = new TaskCompletionSource();
        List<string> order = [];
        var opt = new Step("opt", async (_, _) =>
        {
            await door.Task;
            order.Add("opt");
        });
        var free = new Step("free", (_, _) =>
        {
            order.Add("free");
            door.SetResult();
            return Task.CompletedTask;
        });
        var data = new Step("data", (_, _) =>
        {
            order.Add("data");
            return Task.CompletedTask;
        })
        { After = [opt] };
        await RunAsync(new FakeStage("mount", _ => new StagePlan([opt, data, free], null, Parallelism: 8)));
        Assert.Equal(["free", "opt", "data"], order);
    }

    [Fact]
    public async Task Interrupted_run_starts_no_further_step()
    {
        var waits = new Step("run a", async (_, cancel) =>
        {
            await _cancel.CancelAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, cancel);
        });
        var begun = false;
        var report = await RunAsync(
            new FakeStage("script", waits, FakeStage.Works("run b", () => begun = true)), new FakeStage("mount", FakeStage.Works("mount")));
        Assert.Equal(RunOutcome.Interrupted, report.Outcome);
        Assert.Equal("INTERRUPTED", report.FirstError!.Code);
        Assert.Equal((Outcome.NotRun, "script failed"), (report.Stages[1].Outcome, report.Stages[1].Reason));
        Assert.False(begun);
    }

    [Fact]
    public async Task Signal_after_last_step_leaves_run_succeeded() =>
        Assert.Equal(RunOutcome.Succeeded, (await RunAsync(new FakeStage("mount", FakeStage.Works("mount", _cancel.Cancel)))).Outcome);

    [Fact]
    public async Task Interrupted_plan_interrupts_run()
    {
        await _cancel.CancelAsync();
        var report = await RunAsync(new FakeStage("mount", cancel =>
        {
            cancel.ThrowIfCancellationRequested();
            return StagePlan.Nothing("");
        }));
        Assert.Equal((RunOutcome.Interrupted, "INTERRUPTED"), (report.Outcome, report.FirstError!.Code));
    }

    [Fact]
    public async Task Report_is_published_before_each_stage_with_steps()
    {
        var end = await RunAsync(
            new FakeStage("packages"), new FakeStage("script", FakeStage.Works("run")), new FakeStage("mount", FakeStage.Fails("mount")));
        Assert.Equal(
            [(RunOutcome.Running, "script"), (RunOutcome.Running, "mount")],
            _published.Select(report => (report.Outcome, report.CurrentStage)));
        Assert.All(_published, report => Assert.Equal(["packages", "script", "mount"], report.Stages.Select(stage => stage.Name)));
        Assert.Equal([Outcome.Skipped, Outcome.Succeeded, Outcome.NotRun], _published[1].Stages.Select(stage => stage.Outcome));
        Assert.All(_published, report => Assert.Null(report.FinishedAt));
        Assert.Equal((RunOutcome.Failed, null), (end.Outcome, end.CurrentStage));
        Assert.NotNull(end.FinishedAt);
    }

    [Fact]
    public async Task Times_come_from_time_provider()
    {
        var report = await RunAsync(
            new FakeStage("packages", FakeStage.Works("install", () => _time.Advance(TimeSpan.FromMilliseconds(1500)))),
            new FakeStage("mount", new Step("mount", (note, _) =>
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                note("half way");
                _time.Advance(TimeSpan.FromSeconds(1));
                return Task.CompletedTask;
            })));
        Assert.Equal((3500, Reports.Start.AddMilliseconds(3500)), (report.DurationMs, report.FinishedAt));
        Assert.Equal([(0, 1500), (1500, 2000)], report.Stages.Select(stage => (stage.StartedMs, stage.DurationMs)));
        var step = Assert.Single(report.Stages[1].Steps);
        Assert.Equal((1500, 2000), (step.StartedMs, step.DurationMs));
        Assert.Equal([new NoteReport(2500, "half way")], step.Notes);
    }

    [Fact]
    public async Task First_and_last_notes_are_kept()
    {
        var report = await RunAsync(new FakeStage("mount", new Step("mount", (note, _) =>
        {
            for (var number = 1; number <= 100; number++)
            {
                note($"attempt {number}");
            }

            return Task.CompletedTask;
        })));
        Assert.Equal(
            Enumerable.Range(1, 10).Concat(Enumerable.Range(91, 10)).Select(number => $"attempt {number}"),
            report.Stages[0].Steps[0].Notes.Select(note => note.Text));
    }

    [Fact]
    public async Task Interrupted_optional_step_fails_run()
    {
        var waits = new Step("run a", async (_, cancel) =>
        {
            await _cancel.CancelAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, cancel);
        })
        { MayFail = true };
        var report =
            await RunAsync(new FakeStage("script", waits), new FakeStage("mount", _ => StagePlan.Nothing("no storage is configured")));
        Assert.Equal((RunOutcome.Interrupted, "INTERRUPTED"), (report.Outcome, report.FirstError?.Code));
    }

    [Fact]
    public async Task Untranslated_timeout_is_no_interruption()
    {
        var report = await RunAsync(
            new FakeStage("mount", FakeStage.Works("mount", () => throw new TaskCanceledException("the request timed out"))));
        Assert.Equal((RunOutcome.Failed, "INTERNAL"), (report.Outcome, report.FirstError!.Code));
    }

    [Fact]
    public async Task Early_stage_runs_beside_the_one_before_it()
    {
        var mounted = new TaskCompletionSource();
        var report = await RunAsync(
            new FakeStage("packages", FakeStage.Works("install", () => Assert.False(mounted.Task.IsCompleted))),
            new FakeStage("script", new Step("run", (_, _) => mounted.Task)),
            new FakeStage("mount", FakeStage.Works("mount", mounted.SetResult)) { BeginsEarly = true });
        Assert.Equal(RunOutcome.Succeeded, report.Outcome);
        Assert.All(report.Stages, stage => Assert.Equal(Outcome.Succeeded, stage.Outcome));
        Assert.Equal(["packages", "script", "script"], _published.Take(3).Select(published => published.CurrentStage));

        // When one of them has ended, the other is the current one.
        Assert.Equal(
            _published[^1].Stages[1].Outcome == Outcome.Succeeded ? "mount" : "script", _published[^1].CurrentStage);
    }

    [Fact]
    public async Task Early_stage_ends_although_the_one_before_it_failed()
    {
        var begun = new TaskCompletionSource();
        var failing = FakeStage.Fails("run");
        var report = await RunAsync(
            new FakeStage("script", new Step("run", async (note, cancel) =>
            {
                await begun.Task;
                await failing.Run(note, cancel);
            })),
            new FakeStage("mount", FakeStage.Works("mount", begun.SetResult)) { BeginsEarly = true },
            new FakeStage("more", FakeStage.Works("more", () => throw new InvalidOperationException("it ran"))));
        Assert.Equal(RunOutcome.Failed, report.Outcome);
        Assert.Equal(
            [("script", Outcome.Failed, null), ("mount", Outcome.Succeeded, null), ("more", Outcome.NotRun, "script failed")],
            Stages(report));
    }

    [Fact]
    public async Task Early_stage_does_not_run_if_an_earlier_one_failed()
    {
        var mount = new FakeStage("mount") { BeginsEarly = true };
        await RunAsync(new FakeStage("packages", FakeStage.Fails("install")), new FakeStage("script"), mount);
        Assert.Equal(0, mount.Planned);
    }

    [Fact]
    public async Task Report_contains_warnings_of_all_plans()
    {
        var report = await RunAsync(
            new FakeStage("script", _ => StagePlan.Nothing("none") with { Warnings = ["one"] }),
            new FakeStage("mount", _ => new StagePlan([FakeStage.Fails("mount")]) { Warnings = ["two"] }));
        Assert.Equal(["before", "one", "two"], report.Warnings);
    }

    public void Dispose() => _cancel.Dispose();

    private static IEnumerable<(string Name, Outcome Outcome, string? Reason)> Stages(Report report) =>
        report.Stages.Select(stage => (stage.Name, stage.Outcome, stage.Reason));

    private Task<Report> RunAsync(params IStage[] stages) =>
        new StageRunner(_time, NullLogger.Instance, Language.English, _published.Add, _ => { }).RunAsync(
            Reports.Succeeded with { FinishedAt = null, DurationMs = 0, Stages = [], Outcome = RunOutcome.Running, Warnings = ["before"] },
            stages, _cancel.Token);
}
