using Thpc.NodeAgent.Stages;

namespace Thpc.NodeAgent.Cli;

/// <summary>Prints the plans of stages without running them.</summary>
internal static class DryRunOutput
{
    public static async Task<int> PrintAsync(IReadOnlyList<IStage> stages, IReadOnlyList<string> warnings, CancellationToken cancel)
    {
        foreach (var warning in warnings)
        {
            Console.WriteLine($"warning: {warning}");
        }

        foreach (var stage in stages)
        {
            var plan = await stage.PlanAsync(cancel);
            Console.WriteLine(plan.Steps.Count == 0
                ? $"{stage.Name}: nothing to do: {plan.Reason}"
                : $"{stage.Name}:{(plan.Reason is { } reason ? $" ({reason})" : "")}");
            foreach (var warning in plan.Warnings)
            {
                Console.WriteLine($"  warning: {warning}");
            }

            foreach (var step in plan.Steps)
            {
                Console.WriteLine($"  would {step.Summary}");
                foreach (var detail in step.Details)
                {
                    Console.WriteLine($"      {detail}");
                }
            }
        }

        Console.WriteLine("Nothing was changed.");
        return ExitCode.Done;
    }
}
