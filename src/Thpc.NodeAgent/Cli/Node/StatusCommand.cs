using System.CommandLine;
using Thpc.NodeAgent.BootChain;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Reporting.Timeline;

namespace Thpc.NodeAgent.Cli;

/// <summary>`status`: what the last run did.</summary>
internal static class StatusCommand
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);
    private static readonly Option<bool> Wait = new("--wait") { Description = "wait until a run ends; if none has started, wait for one" };
    private static readonly NumberOption Timeout = new("--timeout", "limit for --wait", "SECONDS", 0, 1_000_000, initial: 7200);
    private static readonly NumberOption Before = new(
        "--run", "show the run before the last (1), or the one before that (2)", "NUMBER", 1, 2);
    private static readonly Option<bool> Json = new("--json") { Description = "print the report as JSON" };
    private static readonly Option<bool> Boot = new("--boot")
    {
        Description = "show where the time went from power-on to the first job",
    };

    private static readonly TimeSpan BootLimit = TimeSpan.FromSeconds(30);
    private static readonly Option<string?> Picture = new("--timeline")
    {
        Description = "also write the run as an SVG picture; a run in progress is drawn up to now",
        HelpName = "FILE.svg",
    };

    public static Command Create()
    {
        var command = new Command("status", AgentCommand.Describe(
            "Show the last run: outcome, times, error and hint.",
            "Exit codes: 0 the run succeeded; 1 it failed, or there was none; 4 it is still running.",
            "thpc-node-agent status --wait --timeout 600\n  thpc-node-agent status --boot --timeline boot.svg"))
        {
            Wait, Timeout, Before, Boot, Json, Picture,
        };
        command.OnRun((parse, cancel) =>
            RunAsync(
                GlobalOptions.From(parse), parse.GetValue(Before), parse.GetValue(Wait), TimeSpan.FromSeconds(parse.GetValue(Timeout)),
                parse.GetValue(Boot), parse.GetValue(Json), parse.GetValue(Picture), cancel));
        return command;
    }

    private static async Task<int> RunAsync(
        GlobalOptions globals, int before, bool wait, TimeSpan limit, bool boot, bool json, string? picture, CancellationToken cancel)
    {
        if (boot && before > 0)
        {
            throw new AgentException(
                ErrorCode.ConfigInvalid, "--boot is for this boot, and --run for an earlier run", Hints.SeeHelp("thpc-node-agent status"));
        }

        if (wait && before > 0)
        {
            throw new AgentException(
                ErrorCode.ConfigInvalid,
                "--wait is for the last run, and --run for an earlier one",
                Hints.SeeHelp("thpc-node-agent status"));
        }

        Report? report;
        bool isRunning;
        try
        {
            (report, isRunning) = before > 0 ? (Read(globals.Root, before), false)
                : wait ? await WaitAsync(globals, limit, cancel)
                : Inspect(globals.Root);
        }
        catch (OperationCanceledException)
        {
            TerminalOutput.WriteErrorLine(RunLock.CurrentHolder(globals.Root) is { } holder
                ? $"thpc-node-agent: no longer waiting; {holder}, continues"
                : "thpc-node-agent: no longer waiting");
            return ExitCode.Interrupted;
        }

        if (boot)
        {
            return await ShowBootAsync(globals, report, isRunning, json, picture, cancel);
        }

        if (report is null)
        {
            TerminalOutput.WriteErrorLine(
                before > 0
                    ? $"thpc-node-agent: no earlier report is kept with number {before}\n  → {Hints.NoEarlierRun.In(globals.Language)}"
                    : $"thpc-node-agent: no run has left a report on this node\n  → {Hints.NoRun.In(globals.Language)}");
            return ExitCode.StageFailed;
        }

        var now = TimeProvider.System.GetUtcNow();
        if (picture is not null)
        {
            await OutputFile.WriteAsync(picture, TimelineSvg.Write(RunTimeline.From(report, isRunning, now), globals.Language), cancel);
        }

        // The report of a killed run stays `running`; a free lock shows that the run has ended.
        report = report.Outcome == RunOutcome.Running && !isRunning && json ? report with { Outcome = RunOutcome.Interrupted } : report;
        if (json)
        {
            JsonOutput.Write(ReportJson.Write(report));
        }
        else
        {
            var steps = isRunning ? StateFiles.ReadRunningSteps(globals.Root) : [];
            RunOutput.Print(RunTimeline.From(report, isRunning, now) with { RunningSteps = steps }, globals.Language);
        }

        return ExitCodeOf(report, isRunning);
    }

    private static int ExitCodeOf(Report? report, bool isRunning) => report?.Outcome switch
    {
        RunOutcome.Succeeded => ExitCode.Done,
        RunOutcome.Running when isRunning => ExitCode.Busy,
        _ => ExitCode.StageFailed,
    };

    /// <summary>Shows this boot, also where the agent has not run.</summary>
    private static async Task<int> ShowBootAsync(
        GlobalOptions globals, Report? report, bool isRunning, bool json, string? picture, CancellationToken cancel)
    {
        var found = await BootInspection.ReadAsync(globals.Root, report, isRunning, BootLimit, cancel);
        if (found is not { Boot: var boot, Run: var run, Problem: var problem })
        {
            TerminalOutput.WriteErrorLine($"thpc-node-agent: {BootChain.Hints.NoBootTimes.In(globals.Language)}");
            return ExitCode.StageFailed;
        }

        var now = TimeProvider.System.GetUtcNow();
        var timeline = BootTimeline.From(boot, run, isRunning, problem, now, TimeZoneInfo.Local, globals.Language);
        if (picture is not null)
        {
            await OutputFile.WriteAsync(picture, TimelineSvg.Write(timeline, globals.Language), cancel);
        }

        if (json)
        {
            JsonOutput.Write(ReportJson.Write(boot));
        }
        else
        {
            RunOutput.Print(timeline, globals.Language);
        }

        return ExitCodeOf(run, isRunning);
    }

    /// <summary>Waits until a run has ended; if none has started, for one to start. Prints what it waits for.</summary>
    private static async Task<(Report? Report, bool IsRunning)> WaitAsync(GlobalOptions globals, TimeSpan limit, CancellationToken cancel)
    {
        var start = TimeProvider.System.GetTimestamp();
        string? printed = null;
        var (report, isRunning) = Inspect(globals.Root);
        while ((report is null || isRunning) && TimeProvider.System.GetElapsedTime(start) < limit)
        {
            var holder = RunLock.CurrentHolder(globals.Root);
            if (holder is not null && RunLock.Nesting(globals.Root, "status --wait") is { } nested)
            {
                throw new AgentException(nested);
            }

            var subject = holder is null ? "a first run to start" : $"the end of {holder}";
            if (subject != printed)
            {
                TerminalOutput.WriteErrorLine($"thpc-node-agent: waiting for {subject}, at most {limit.TotalSeconds:0} s");
                printed = subject;
            }

            await Task.Delay(PollInterval, cancel);
            (report, isRunning) = Inspect(globals.Root);
        }

        return (report, isRunning);
    }

    private static (Report? Report, bool IsRunning) Inspect(NodeRoot root)
    {
        var report = Read(root);
        if (report?.Outcome != RunOutcome.Running)
        {
            return (report, false);
        }

        // The run may have ended between the two calls, so the report is read again.
        return RunLock.IsHeld(root)
            ? (report, true)
            : Read(root) is { Outcome: not RunOutcome.Running } last
            ? (last, false)
            : (report, false);
    }

    /// <exception cref="AgentException">FILE_ACCESS: there is a report that is not complete; NOT_ROOT.</exception>
    private static Report? Read(NodeRoot root, int before = 0) => StateFiles.ReadReport(root, before) switch
    {
        null => null,
        var text => ReportJson.Read(text)
            ?? throw new AgentException(
                ErrorCode.FileAccess, Messages.IncompleteReport(NodePaths.ReportBefore(before)), Hints.ReportIncomplete),
    };
}
