using System.CommandLine;
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
    private static readonly Option<int> Timeout = new("--timeout")
    {
        Description = "limit for --wait",
        HelpName = "SECONDS",
        DefaultValueFactory = _ => 7200,
    };
    private static readonly Option<bool> Json = new("--json") { Description = "print the report as JSON" };
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
            "thpc-node-agent status --wait --timeout 600\n  thpc-node-agent status --timeline boot.svg"))
        {
            Wait, Timeout, Json, Picture,
        };
        command.OnRun((parse, cancel) =>
            RunAsync(
                GlobalOptions.From(parse), parse.GetValue(Wait), TimeSpan.FromSeconds(Math.Clamp(parse.GetValue(Timeout), 0, 1_000_000)),
                parse.GetValue(Json), parse.GetValue(Picture), cancel));
        return command;
    }

    private static async Task<int> RunAsync(
        GlobalOptions globals, bool wait, TimeSpan limit, bool json, string? picture, CancellationToken cancel)
    {
        var start = TimeProvider.System.GetTimestamp();
        var (report, isRunning) = Inspect(globals.Root);
        while (wait && (report is null || isRunning) && TimeProvider.System.GetElapsedTime(start) < limit)
        {
            if (RunLock.IsHeld(globals.Root) && RunLock.Nesting(globals.Root, "status --wait") is { } nested)
            {
                throw new AgentException(nested);
            }

            await Task.Delay(PollInterval, cancel);
            (report, isRunning) = Inspect(globals.Root);
        }

        if (report is null)
        {
            TerminalOutput.WriteErrorLine(
                $"thpc-node-agent: no run has left a report on this node\n  → {Hints.NoRun.In(globals.Language)}");
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
        else if (Console.IsOutputRedirected)
        {
            TerminalOutput.Write(StatusText.Write(report, isRunning, now, globals.Language));
        }
        else
        {
            TerminalOutput.WriteColored(TerminalTimeline(RunTimeline.From(report, isRunning, now), globals.Language));
        }

        return report.Outcome switch
        {
            RunOutcome.Succeeded => ExitCode.Done,
            RunOutcome.Running when isRunning => ExitCode.Busy,
            _ => ExitCode.StageFailed,
        };
    }

    private static string TerminalTimeline(RunTimeline timeline, Language language)
    {
        var hasColor = GlobalOptions.Environment.GetValueOrDefault("NO_COLOR") is null or ""
            && GlobalOptions.Environment.GetValueOrDefault("TERM") != "dumb";
        return TimelineText.Write(timeline, Console.WindowWidth, hasColor, language);
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

    private static Report? Read(NodeRoot root) => StateFiles.ReadReport(root) is { } text ? ReportJson.Read(text) : null;
}
