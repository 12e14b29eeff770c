using System.CommandLine;
using System.Text;
using System.Text.Json;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Scaling;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Cli;

/// <summary>`scaling rounds`.</summary>
internal static class ScalingRoundsCommand
{
    private static readonly NumberOption Nodes = new("--nodes", "nodes that the waiting jobs need", "N", 1, ScalingJob.MaxNodes)
    {
        Required = true,
    };
    private static readonly Option<string?> Svg = new("--svg")
    {
        Description = "also draw nodes over rounds as an SVG picture",
        HelpName = "FILE",
    };

    public static Command Create()
    {
        var command = new Command("rounds", AgentCommand.Describe(
            "Show in how many rounds the nodes come.",
            "Prints the nodes of each round and the setting that limits it: ScaleOutRatio, ScaleOutNodeThreshold, "
                + "MaxNodesPerCycle or MaxSize. Exit code 1 if not all nodes come.",
            "thpc-node-agent scaling rounds queue.json --nodes 100 --svg rounds.svg"))
        {
            ScalingCommand.ConfigurationFile, ScalingCommand.Queue, Nodes, ScalingCommand.Running, Svg, ScalingCommand.Json,
        };
        command.OnRun(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parse, CancellationToken cancel)
    {
        List<ConfigDiagnostic> diagnostics = [];
        var wanted = parse.GetValue(Nodes);
        var config = ScalingCommand.Load(parse, diagnostics);
        ScalingCommand.Require(diagnostics);
        var queue = config!.Queue(parse.GetValue(ScalingCommand.Queue));
        var running = parse.GetValue(ScalingCommand.Running);
        var plan = ScaleOutPlan.Create(queue, wanted, running);
        if (parse.GetValue(Svg) is { } file)
        {
            await OutputFile.WriteAsync(file, CurveSvg.Write(Draw(queue, plan, running)), cancel);
        }

        TerminalOutput.Warn(queue.Unknowns());
        if (parse.GetValue(ScalingCommand.Json))
        {
            JsonOutput.Write(writer => Write(writer, queue, plan, running));
        }
        else
        {
            TerminalOutput.Write(Text(queue, plan, running, config.ExpansionBusyTime));
        }

        return plan.End == ScaleOutEnd.Complete ? ExitCode.Done : ExitCode.StageFailed;
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

    private static void Write(Utf8JsonWriter writer, ScalingQueue queue, ScaleOutPlan plan, int running)
    {
        writer.WriteStartObject();
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
        writer.WriteEndObject();
    }
}
