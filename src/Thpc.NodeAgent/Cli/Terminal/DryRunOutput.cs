using Thpc.NodeAgent.Stages;

namespace Thpc.NodeAgent.Cli;

/// <summary>Prints the plans of stages without running them.</summary>
internal static class DryRunOutput
{
    public static async Task<int> PrintAsync(IReadOnlyList<IStage> stages, IReadOnlyList<string> warnings, CancellationToken cancel)
    {
        foreach (var warning in warnings)
        {
            TerminalOutput.WriteLine($"warning: {warning}");
        }

        foreach (var stage in stages)
        {
            var plan = await stage.PlanAsync(cancel);
            TerminalOutput.WriteLine(plan.Steps.Count == 0
                ? $"{stage.Name}: nothing to do: {plan.Reason}"
                : $"{stage.Name}:{(plan.Reason is { } reason ? $" ({reason})" : "")}");
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

        TerminalOutput.WriteLine("Nothing was changed.");
        return ExitCode.Done;
    }
}
