using System.CommandLine;
using System.Text;
using System.Text.Json;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Fleet;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Scaling;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Cli;

/// <summary>`scaling rounds`.</summary>
internal static class ScalingRoundsCommand
{
    private const int MaxSeconds = 3600;

    private static readonly NumberOption Nodes = new("--nodes", "nodes that the waiting jobs need", "N", 1, ScalingJob.MaxNodes)
    {
        Required = true,
    };
    private static readonly Option<string?> Svg = new("--svg")
    {
        Description = "also draw nodes over rounds as an SVG picture",
        HelpName = "FILE",
    };
    private static readonly Option<string?> Reports = new("--fleet")
    {
        Description = "also predict when nodes are ready, by the reports in this directory",
        HelpName = "DIR",
    };
    private static readonly Option<string?> Cluster = new("--cluster")
    {
        Description = "with --fleet: only reports of this cluster",
        HelpName = "ID",
    };
    private static readonly Option<string?> WaitingSince = new("--waiting-since")
    {
        Description = "with --fleet: when the job begins to wait, 14:00 or 2026-11-30T14:00+08:00 (default: now)",
        HelpName = "TIME",
    };
    private static readonly NumberOption MachineStart = new(
        "--machine-start", "with --fleet: from a round to the agent's start on its machines", "SECONDS", 0, MaxSeconds, initial: 60);
    private static readonly NumberOption RoundInterval = new(
        "--round-interval", "with --fleet: from a round to the next; without it ExpansionBusyTime", "SECONDS", 1, MaxSeconds);
    private static readonly NumberOption Timeout = FleetCommand.NewTimeout();

    public static Command Create()
    {
        var command = new Command("rounds", AgentCommand.Describe(
            "Show in how many rounds the nodes come, and when.",
            "Prints the nodes of each round and the setting that limits it: ScaleOutRatio, ScaleOutNodeThreshold, "
                + "MaxNodesPerCycle or MaxSize. With --fleet also when half of the nodes, nine tenths and all are ready, by the "
                + "first runs of this cluster's compute nodes. Exit code 1 if MaxSize or the configuration leaves nodes out.",
            "thpc-node-agent scaling rounds queue.json --nodes 100 --fleet /opt/thpc/fleet"))
        {
            ScalingCommand.ConfigurationFile, ScalingCommand.Queue, Nodes, ScalingCommand.Running, Reports, Cluster, WaitingSince,
            MachineStart, RoundInterval, Timeout, Svg, ScalingCommand.Json,
        };
        command.OnRun(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parse, CancellationToken cancel)
    {
        List<ConfigDiagnostic> diagnostics = [];
        var wanted = parse.GetValue(Nodes);
        var start = parse.GetValue(WaitingSince) is { } since
            ? ArrivalTiming.ReadStart(since, diagnostics)
            : TimeProvider.System.GetLocalNow();
        var config = ScalingCommand.Load(parse, diagnostics);
        ScalingCommand.Require(diagnostics);
        var queue = config!.Queue(parse.GetValue(ScalingCommand.Queue));
        var running = parse.GetValue(ScalingCommand.Running);
        var plan = ScaleOutPlan.Create(queue, wanted, running);
        var timing = new ArrivalTiming(
            start,
            config.ExpansionBusyTime,
            RoundInterval.In(parse) is { } seconds ? TimeSpan.FromSeconds(seconds) : config.ExpansionBusyTime,
            TimeSpan.FromSeconds(parse.GetValue(MachineStart)));
        FirstRuns? runs = null;
        if (parse.GetValue(Reports) is { } directory)
        {
            var (all, unreadable) = await FleetCommand.ReadAsync(directory, parse.GetValue(Timeout), cancel);
            runs = Select(all, unreadable.Count, parse.GetValue(Cluster));
        }

        var forecast = runs is null ? null : ArrivalForecast.Create(plan, runs, timing);
        if (parse.GetValue(Svg) is { } file)
        {
            var picture = forecast is null
                ? CurveSvg.Write(Draw(queue, plan, running))
                : CurveSvg.Write(Draw(queue, forecast, running), forecast.Ready);
            await OutputFile.WriteAsync(file, picture, cancel);
        }

        TerminalOutput.Warn(queue.Unknowns());
        if (parse.GetValue(ScalingCommand.Json))
        {
            JsonOutput.Write(writer =>
            {
                writer.WriteStartObject();
                Write(writer, queue, plan, running);
                if (runs is not null)
                {
                    writer.WriteStartObject("prediction");
                    ArrivalText.Write(writer, forecast, runs, timing);
                    writer.WriteEndObject();
                }

                writer.WriteEndObject();
            });
        }
        else
        {
            TerminalOutput.Write(Text(queue, plan, running, config.ExpansionBusyTime));
            if (runs is not null && plan.Added > 0)
            {
                TerminalOutput.WriteSentences("\n" + ArrivalText.Write(forecast, runs, TimeZoneInfo.Local));
            }
        }

        return plan.End == ScaleOutEnd.Complete ? ExitCode.Done : ExitCode.StageFailed;
    }

    private static FirstRuns Select(IReadOnlyList<NodeRun> all, int unreadable, string? cluster)
    {
        var runs = FirstRuns.From([.. all.Where(run => cluster is null || run.Report.ClusterId == cluster)]);
        if (unreadable > 0)
        {
            TerminalOutput.Warn([$"{ScalingText.Plural(unreadable, "report")} cannot be read"]);
        }

        if (runs.Clusters > 1)
        {
            TerminalOutput.Warn([$"the runs are of {runs.Clusters} clusters; --cluster ID selects one"]);
        }

        return runs;
    }

    private static string Text(ScalingQueue queue, ScaleOutPlan plan, int running, TimeSpan busy)
    {
        var text = new StringBuilder();
        text.Append($"queue {queue.Name}: {ScalingText.Plural(plan.Wanted, "node")} wanted, {running} already running\n");
        text.Append($"{Settings(queue)}\n");
        if (plan.Rounds.Count > 0)
        {
            text.Append('\n').Append(TextTable.Write(
                [
                    ["round", "need", "adds", "in all", "why"],
                    .. plan.Rounds.Select(round => (string[])
                        [$"{round.Number}", $"{round.Need}", $"{round.Nodes}", $"{running + round.Total}", Why(queue, round)]),
                ],
                true,
                true,
                true,
                true,
                false)).Append('\n');
            var summary = $"{ScalingText.Plural(plan.Added, "node")} in {ScalingText.Plural(plan.Rounds.Count, "round")}";
            text.Append($"{summary}, the first when a job has waited for {busy.TotalSeconds:0} s (ExpansionBusyTime).\n");
        }

        if (ScalingText.Shortfall(queue, plan, running) is { } shortfall)
        {
            text.Append(char.ToUpperInvariant(shortfall[0])).Append(shortfall, 1, shortfall.Length - 1).Append(".\n");
        }

        return text.ToString();
    }

    private static string Settings(ScalingQueue queue) =>
        $"ScaleOutRatio {queue.ScaleOutRatio}, ScaleOutNodeThreshold {queue.ScaleOutNodeThreshold}, "
        + $"MaxNodesPerCycle {queue.MaxNodesPerCycle}, MaxSize {queue.MaxSize}";

    private static string Why(ScalingQueue queue, Round round) => round.Bound switch
    {
        RoundBound.Cycle => $"MaxNodesPerCycle {queue.MaxNodesPerCycle}",
        RoundBound.Ratio => $"{queue.ScaleOutRatio} % of {round.Need}, rounded up",
        _ when round.Need <= queue.ScaleOutNodeThreshold => $"all: not above the threshold of {queue.ScaleOutNodeThreshold}",
        _ => $"all: {queue.ScaleOutRatio} % of {round.Need}, rounded up",
    };

    private static Curve Draw(ScalingQueue queue, ScaleOutPlan plan, int running) => new(
        $"{queue.Name}: {ScalingText.Plural(plan.Added, "node")} in {ScalingText.Plural(plan.Rounds.Count, "round")}",
        Settings(queue),
        running,
        [.. plan.Rounds.Select(round => running + round.Total)],
        [
            new CurveLine($"wanted: {running + plan.Wanted}", running + plan.Wanted, "#1a7f37"),
            new CurveLine($"MaxSize: {queue.MaxSize}", queue.MaxSize, "#bc4c00"),
        ]);

    private static Curve Draw(ScalingQueue queue, ArrivalForecast forecast, int running) => new(
        $"{queue.Name}: when {ScalingText.Plural(forecast.Plan.Added, "node")} are ready",
        $"{ScalingText.Plural(forecast.Runs.Count, "first run")} measured; the band has 90 of 100 cases",
        running,
        [],
        [new CurveLine($"wanted: {running + forecast.Plan.Wanted}", running + forecast.Plan.Wanted, "#1a7f37")]);

    private static void Write(Utf8JsonWriter writer, ScalingQueue queue, ScaleOutPlan plan, int running)
    {
        writer.WriteString("queue", queue.Name);
        writer.WriteNumber("wanted", plan.Wanted);
        writer.WriteNumber("running", running);
        writer.WriteNumber("added", plan.Added);
        writer.WriteString("ended_by", plan.End switch
        {
            ScaleOutEnd.MaxSize => "MaxSize",
            ScaleOutEnd.SwitchedOff => "EnableAutoExpansion",
            ScaleOutEnd.NoType => "ExpansionNodeConfigs",
            _ => "all_added",
        });
        writer.WriteObjects("rounds", plan.Rounds, round =>
        {
            writer.WriteNumber("round", round.Number);
            writer.WriteNumber("need", round.Need);
            writer.WriteNumber("adds", round.Nodes);
            writer.WriteNumber("in_all", running + round.Total);
            writer.WriteString("bounded_by", round.Bound switch
            {
                RoundBound.Cycle => "MaxNodesPerCycle",
                RoundBound.Ratio => "ScaleOutRatio",
                _ => null,
            });
            writer.WriteString("why", Why(queue, round));
        });
        writer.WriteTexts("unknown", queue.Unknowns());
    }
}
