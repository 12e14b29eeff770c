using System.CommandLine;
using System.Text;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.Cli;

/// <summary>`status`: what the last run did.</summary>
internal static class StatusCommand
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(200);
    private static readonly Option<bool> Wait = new("--wait") { Description = "wait until a run ends; if none has begun yet, for one to begin" };
    private static readonly Option<int> Timeout = new("--timeout") { Description = "how long --wait waits", HelpName = "SECONDS", DefaultValueFactory = _ => 7200 };
    private static readonly Option<bool> Json = new("--json") { Description = "print the report as JSON" };

    public static Command Create()
    {
        var command = new Command("status", AgentCommand.WithExample(
            "What the last run did: outcome, time per stage and step, error with its hint. Exits 0 if it succeeded, 1 if not (or if there was none), 4 if it is still running.",
            "thpc-node-agent status --wait --timeout 600"))
        {
            Wait, Timeout, Json,
        };
        command.OnRun((parse, cancel) => RunAsync(Globals.Of(parse).Root, parse.GetValue(Wait), TimeSpan.FromSeconds(Math.Clamp(parse.GetValue(Timeout), 0, 1_000_000)), parse.GetValue(Json), cancel));
        return command;
    }

    private static async Task<int> RunAsync(NodeRoot root, bool wait, TimeSpan limit, bool json, CancellationToken cancel)
    {
        var start = TimeProvider.System.GetTimestamp();
        var (report, alive) = Look(root);
        while (wait && (report is null || alive) && TimeProvider.System.GetElapsedTime(start) < limit)
        {
            await Task.Delay(LookAgain, cancel);
            (report, alive) = Look(root);
        }

        if (report is null)
        {
            await Console.Error.WriteLineAsync("thpc-node-agent: no run has left a report on this node\n  → Start one with `thpc-node-agent bootstrap`, or see why its unit did not start: `systemctl status thpc-node-agent`.");
            return ExitCode.StageFailed;
        }

        // Its report says `running` for ever, for whoever reads the file; here the lock is known too.
        report = report.Outcome == RunOutcome.Running && !alive && json ? report with { Outcome = RunOutcome.Interrupted } : report;
        Console.OutputEncoding = Encoding.UTF8;
        await Console.Out.WriteAsync(json ? Encoding.UTF8.GetString(ReportJson.Write(report)) : StatusText.Write(report, alive, TimeProvider.System.GetUtcNow()));
        return report.Outcome switch
        {
            RunOutcome.Succeeded => ExitCode.Done,
            RunOutcome.Running when alive => ExitCode.Busy,
            _ => ExitCode.StageFailed,
        };
    }

    private static (Report? Report, bool Alive) Look(NodeRoot root)
    {
        var report = Read(root);
        if (report?.Outcome != RunOutcome.Running)
        {
            return (report, false);
        }

        // Between the two looks the run may have ended, and left its last report.
        return RunLock.IsHeld(root) ? (report, true) : Read(root) is { Outcome: not RunOutcome.Running } last ? (last, false) : (report, false);
    }

    private static Report? Read(NodeRoot root) => StateFiles.ReadReport(root) is { } text ? ReportJson.Read(text) : null;
}
