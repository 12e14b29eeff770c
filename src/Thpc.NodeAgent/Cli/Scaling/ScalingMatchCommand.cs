using System.CommandLine;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Scaling;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Cli;

/// <summary>`scaling match`.</summary>
internal static class ScalingMatchCommand
{
    // The vendor's documents: a booted system has 3.6 of 4 GB, and 14.9 of 16 GB.
    private const decimal UsableMemoryRatio = 0.9m;

    private static readonly NumberOption Cpus = new("--cpus", "CPUs that the job needs on each node", "N", 1, ScalingJob.MaxCpus)
    {
        Required = true,
    };
    private static readonly Option<string> Memory = new("--memory")
    {
        Description = "memory that the job needs on each node, in GB or with a unit: 12, 3.6, 12G, 4096M",
        HelpName = "GB",
        Required = true,
    };
    private static readonly NumberOption Nodes = new("--nodes", "nodes that the job needs", "N", 1, ScalingJob.MaxNodes, initial: 1);
    private static readonly Option<string[]> SoldOut = new("--sold-out")
    {
        Description = "type that is sold out, everywhere or in one zone; can be repeated",
        HelpName = "TYPE[@ZONE]",
    };
    private static readonly Option<string[]> Type = new("--type")
    {
        Description = "CPUs and GB of a type; can be repeated",
        HelpName = "TYPE=CPUS,GB",
    };
    private static readonly Option<string?> Types = new("--types")
    {
        Description = "answer of DescribeInstanceTypeConfigs (cvm), with CPUs and memory of all types",
        HelpName = "FILE",
    };

    public static Command Create()
    {
        var command = new Command("match", AgentCommand.Describe(
            "Show which instance types THPC_AS tries for a job, and why.",
            "Lists types and zones in the order in which they are tried. CPUs and memory of a type come from --type, "
                + "--types or a regular name (S, SA, C, M and MA: SA2.2XLARGE16 has 8 CPUs and 16 GB). Exit code 1 if not "
                + "all nodes come: the job fits no type, all types that fit are sold out, MaxSize is reached, or "
                + "EnableAutoExpansion is false.",
            "thpc-node-agent scaling match queue.json --cpus 6 --memory 12 --sold-out SA2.2XLARGE16@ap-guangzhou-4"))
        {
            ScalingCommand.ConfigurationFile, ScalingCommand.Queue, Cpus, Memory, Nodes, ScalingCommand.Running, SoldOut, Type, Types,
            ScalingCommand.Json,
        };
        command.OnRun((parse, _) => Task.FromResult(Run(parse)));
        return command;
    }

    private static int Run(ParseResult parse)
    {
        List<ConfigDiagnostic> diagnostics = [];
        var job = ScalingJob.Read(parse.GetValue(Cpus), parse.GetValue(Memory)!, parse.GetValue(Nodes), diagnostics);
        var sizes = new InstanceSizes();
        foreach (var type in parse.GetValue(Type) ?? [])
        {
            sizes.Add(type, diagnostics);
        }

        if (parse.GetValue(Types) is { } file)
        {
            sizes.AddAnswer(ConfigFileReader.ReadInput(file), file, diagnostics);
        }

        var config = ScalingCommand.Load(parse, diagnostics);
        ScalingCommand.Require(diagnostics);
        var queue = config!.Queue(parse.GetValue(ScalingCommand.Queue));
        RequireSizes(queue, sizes);
        var soldOut = parse.GetValue(SoldOut) ?? [];
        var candidates = InstanceMatcher.Order(queue, job, type => sizes.Find(type)!, node => soldOut.Any(text => Matches(text, node)));
        var running = parse.GetValue(ScalingCommand.Running);
        var result = new MatchResult(queue, job, candidates, ScaleOutPlan.Create(queue, job.Nodes, running), running);
        TerminalOutput.Warn([.. queue.Unknowns(), .. Warnings(result, soldOut)]);
        if (parse.GetValue(ScalingCommand.Json))
        {
            JsonOutput.Write(result.Write);
        }
        else
        {
            TerminalOutput.Write(result.Text());
        }

        return result.Reason is null ? ExitCode.Done : ExitCode.StageFailed;
    }

    private static void RequireSizes(ScalingQueue queue, InstanceSizes sizes)
    {
        var types = queue.Nodes.Select(node => node.InstanceType).Distinct(StringComparer.Ordinal);
        List<string> unknown = [.. types.Where(type => sizes.Find(type) is null)];
        if (unknown.Count > 0)
        {
            throw new AgentException(
                ErrorCode.ConfigInvalid,
                Messages.UnknownSizes(string.Join(", ", unknown)),
                Hints.SizeOfType(unknown[0]));
        }
    }

    /// <param name="soldOut">TYPE or TYPE@ZONE.</param>
    private static bool Matches(string soldOut, ScaleOutNode node)
    {
        var parts = soldOut.Split('@', 2);
        return string.Equals(parts[0], node.InstanceType, StringComparison.OrdinalIgnoreCase)
            && (parts.Length == 1 || string.Equals(parts[1], node.Zone, StringComparison.OrdinalIgnoreCase));
    }

    private static IEnumerable<string> Warnings(MatchResult result, string[] soldOut)
    {
        foreach (var text in soldOut.Where(text => !result.Queue.Nodes.Any(node => Matches(text, node))))
        {
            yield return $"--sold-out {TerminalText.Quoted(text)} matches no type in this queue";
        }

        if (result.Created is { } created)
        {
            if (!created.IsBestFit)
            {
                yield return "all best-fitting types are sold out; it is not documented that THPC_AS then tries the next best fit";
            }

            if (result.Job.MemoryGb > created.Size.MemoryGb * UsableMemoryRatio)
            {
                yield return $"a booted system has less than the type's {MemorySize.Format(created.Size.MemoryGb)} GB "
                    + "(3.6 of 4, 14.9 of 16), "
                    + $"so a job of {MemorySize.Format(result.Job.MemoryGb)} GB may not start; "
                    + "a ScaleUpMemRatio of 10 or more selects larger types";
            }
        }
    }
}
