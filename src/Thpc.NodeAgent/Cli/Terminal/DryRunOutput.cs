using System.Text.Json;
using Thpc.NodeAgent.Stages;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Cli;

/// <summary>Prints the plans of stages without running them.</summary>
internal static class DryRunOutput
{
    public static async Task<int> PrintAsync(
        IReadOnlyList<IStage> stages, IReadOnlyList<string> warnings, bool json, CancellationToken cancel)
    {
        if (!json)
        {
            foreach (var warning in warnings)
            {
                TerminalOutput.WriteLine($"warning: {warning}");
            }
        }

        List<Planned> plans = [];
        foreach (var stage in stages)
        {
            plans.Add(new Planned(stage.Name, await stage.PlanAsync(cancel)));
            if (!json)
            {
                Print(plans[^1]);
            }
        }

        if (json)
        {
            JsonOutput.Write(writer => Write(writer, plans, warnings));
        }
        else
        {
            TerminalOutput.WriteLine("Nothing was changed.");
        }

        return ExitCode.Done;
    }

    private static void Print(Planned planned)
    {
        var (stage, plan) = planned;
        TerminalOutput.WriteLine(plan.Steps.Count == 0
            ? $"{stage}: nothing to do: {plan.Reason}"
            : $"{stage}:{(plan.Reason is { } reason ? $" ({reason})" : "")}");
        foreach (var warning in plan.Warnings)
        {
            TerminalOutput.WriteLine($"  warning: {warning}");
        }

        foreach (var step in plan.Steps)
        {
            TerminalOutput.WriteLine($"  would {step.Summary}");
            foreach (var detail in step.Details)
            {
                TerminalOutput.WriteLine($"      {detail}");
            }
        }
    }

    private static void Write(Utf8JsonWriter writer, List<Planned> plans, IReadOnlyList<string> warnings)
    {
        writer.WriteStartObject();
        writer.WriteBoolean("dry_run", true);
        writer.WriteTexts("warnings", warnings);
        writer.WriteObjects("stages", plans, planned =>
        {
            writer.WriteString("name", planned.Stage);
            writer.WriteString("reason", planned.Plan.Reason);
            writer.WriteTexts("warnings", planned.Plan.Warnings);
            writer.WriteObjects("steps", planned.Plan.Steps, step =>
            {
                writer.WriteString("summary", step.Summary);
                writer.WriteTexts("details", step.Details);
                writer.WriteString("code", step.Refusal?.Code.Name);
                writer.WriteString("message", step.Refusal?.Message);
            });
        });
        writer.WriteEndObject();
    }

    private sealed record Planned(string Stage, StagePlan Plan);
}
