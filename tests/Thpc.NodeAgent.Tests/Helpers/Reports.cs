using CsCheck;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.Tests.Helpers;

/// <summary>Generates random reports and some fixed ones.</summary>
internal static class Reports
{
    public static readonly DateTimeOffset Start = new(2025, 3, 4, 5, 6, 7, TimeSpan.Zero);

    public static Report Succeeded { get; } = new()
    {
        AgentVersion = "0.1.0",
        RunId = "r1",
        InstanceId = "ins-abc",
        ClusterId = "hpc-8hje8h12",
        NodeRole = "COMPUTE",
        StartedAt = Start,
        FinishedAt = Start.AddSeconds(4),
        DurationMs = 4000,
        Outcome = RunOutcome.Succeeded,
        Stages =
        [
            new StageReport("packages", Outcome.Skipped, "/root/thpc_preinstalled.json is there", 0, 1, []),
            new StageReport(
                "script", Outcome.Succeeded, null, 0, 2000,
                [new StepReport("run file:///x.sh", Outcome.Succeeded, 0, 2000, null, true, [new NoteReport(500, "12 bytes")])]),
            new StageReport(
                "mount", Outcome.Succeeded, null, 2000, 2000,
                [new StepReport("mount h:/ on /data", Outcome.Succeeded, 2000, 2000, null, false, [])]),
        ],
    };

    public static Report Failed { get; } = Succeeded with
    {
        Outcome = RunOutcome.Failed,
        Warnings = ["a bucket is not mounted"],
        Stages =
        [
            Succeeded.Stages[0],
            new StageReport(
                "script", Outcome.Failed, null, 0, 4000,
                [new StepReport(
                    "run file:///x.sh", Outcome.Failed, 0, 4000,
                    new ErrorReport("SCRIPT_FAILED", "exit code 1\nlast words", "Read the log."), false, [])]),
            new StageReport("mount", Outcome.NotRun, "script failed", 0, 0, []),
        ],
    };

    public static Report Running { get; } = Succeeded with
    {
        Outcome = RunOutcome.Running,
        FinishedAt = null,
        DurationMs = 1,
        CurrentStage = "script",
        Stages = [Succeeded.Stages[0], new StageReport("script", Outcome.NotRun, null, 0, 0, []),
            new StageReport("mount", Outcome.NotRun, null, 0, 0, [])],
    };

    private static readonly Gen<string> Text = Gen.Frequency(
        (5, Gen.String[Gen.Char["ab /:\n"], 0, 30]),
        (2, Gen.String[Gen.Char["数é→\uD83D\uDE00\uD800\t\r\u001B\u200B\u202E\u2028"], 0, 300]),
        (1, Gen.String[Gen.Char["xyz "], 2000, 6000]));

    private static readonly Gen<long> Milliseconds = Gen.OneOf(Gen.Long[0, 5000], Gen.Const(0L), Gen.Long[-10, 10_000_000]);

    private static readonly Gen<ErrorReport?> Error = Gen.Frequency(
        (1, Gen.Select(
            Text, Text, Text, Text,
            (code, message, hint, chinese) =>
                (ErrorReport?)new ErrorReport(code, message, hint, chinese.Length > 0 ? chinese : null)
                {
                    Diagnostics = message.Length % 3 == 0
                        ? new TimeoutDiagnostics([hint], [new StalledProcess(1, 0, "D", code, message, [hint])], 2, [message])
                        : null,
                })), (2, Gen.Const(() => (ErrorReport?)null)));

    private static readonly Gen<NoteReport> Note = Gen.Select(Milliseconds, Text, (at, text) => new NoteReport(at, text));

    private static readonly Gen<StepReport> Step = Gen.Select(
        Text, Gen.Enum<Outcome>(), Milliseconds, Milliseconds, Error, Gen.Bool, Note.Array[0, 3],
        (summary, outcome, started, duration, error, mayFail, notes) =>
            new StepReport(summary, outcome, started, duration, error, mayFail, notes));

    private static readonly Gen<StageReport> Stage = Gen.Select(
        Text, Gen.Enum<Outcome>(), Text, Milliseconds, Milliseconds, Step.Array[0, 20], Error,
        (name, outcome, reason, started, duration, steps, error) =>
            new StageReport(name, outcome, reason.Length % 2 == 0 ? null : reason, started, duration, steps) { Error = error });

    private static readonly Gen<BootReport?> Boot = Gen.Frequency(
        (1, Gen.Const(() => (BootReport?)null)),
        (1, Gen.Select(
            Milliseconds, Gen.Select(Gen.Int[0, BootLinkNames.All.Count - 1], Text, Milliseconds, Milliseconds).Array[0, 6],
            (duration, links) => (BootReport?)new BootReport(
                Start, duration,
                [
                    .. links.Select(link => new BootLink(
                        link.Item1 % 5 == 0 ? link.Item2 : BootLinkNames.All[link.Item1], link.Item1 % 2 == 0 ? link.Item2 : null,
                        link.Item3, link.Item4)),
                ]))));

    public static Gen<Report> Any { get; } = Gen.Select(
        Gen.Enum<RunOutcome>(), Milliseconds, Text, Text.Array[0, 5], Error, Stage.Array[0, 4], Boot,
        (outcome, duration, instance, warnings, error, stages, boot) =>
            Succeeded with
            {
                Outcome = outcome,
                DurationMs = duration,
                InstanceId = instance,
                Warnings = warnings,
                Error = error,
                Stages = stages,
                Boot = boot,
                CurrentStage = outcome == RunOutcome.Running ? "script" : null,
            });
}
