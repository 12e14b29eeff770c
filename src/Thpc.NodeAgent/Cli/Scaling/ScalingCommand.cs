using System.CommandLine;
using System.Text.Json;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Scaling;

namespace Thpc.NodeAgent.Cli;

/// <summary>`scaling`: THPC_AS's documented policy, worked out here; nothing is asked of the cloud.</summary>
internal static class ScalingCommand
{
    public static readonly Argument<string> ConfigurationFile = new("FILE")
    {
        Description = "body of SetAutoScalingConfiguration or answer of DescribeAutoScalingConfiguration; - is standard input",
    };
    public static readonly Option<string?> Queue = new("--queue")
    {
        Description = "name of the queue, if there are several",
        HelpName = "NAME",
    };
    public static readonly Option<int> Running = new("--running")
    {
        Description = "elastic nodes that the queue already has",
        HelpName = "N",
        DefaultValueFactory = _ => 0,
    };
    public static readonly Option<bool> Json = new("--json") { Description = "print as JSON" };

    public static Command Create() => new("scaling", "Simulate THPC_AS for a job and a queue configuration.")
    {
        ScalingMatchCommand.Create(),
        ScalingRoundsCommand.Create(),
    };

    /// <summary>Null where complaints leave nothing to go on with.</summary>
    public static ScalingConfig? Load(ParseResult parse, ICollection<ConfigDiagnostic> diagnostics)
    {
        ScalingJob.ValidateRange("running", parse.GetValue(Running), 0, ScalingJob.MaxNodes, diagnostics);
        var file = parse.GetValue(ConfigurationFile)!;
        return ScalingJson.Parse(ConfigFileReader.ReadInput(file), file, diagnostics);
    }

    /// <exception cref="AgentException">CONFIG_INVALID, with every complaint.</exception>
    public static void Require(IReadOnlyCollection<ConfigDiagnostic> diagnostics)
    {
        if (diagnostics.Count > 0)
        {
            throw new AgentException(ErrorCode.ConfigInvalid, string.Join('\n', diagnostics), new("Correct what is named above.", "请修正上面列出的内容。"));
        }
    }

    /// <summary>Why not every node comes; null where all do.</summary>
    public static string? Shortfall(ScalingQueue queue, ScaleOutPlan expansion, int running) => expansion.End switch
    {
        ScaleOutEnd.NoType => "no node is added: the queue has no ExpansionNodeConfigs and no LaunchTemplateIds",
        ScaleOutEnd.SwitchedOff => "no node is added: EnableAutoExpansion of this queue is false",
        ScaleOutEnd.MaxSize => $"MaxSize {queue.MaxSize}, less {running} that run, leaves room for {expansion.Room}: {expansion.Wanted - expansion.Room} of {expansion.Wanted} nodes do not come",
        _ => null,
    };

    public static void Warn(IEnumerable<string> warnings)
    {
        foreach (var warning in warnings)
        {
            Console.Error.WriteLine($"thpc-node-agent: warning: {warning}");
        }
    }

    /// <summary>For `--json`: what cannot be worked out.</summary>
    public static void WriteUnknowns(Utf8JsonWriter writer, ScalingQueue queue)
    {
        writer.WriteStartArray("unknown");
        foreach (var unknown in queue.Unknowns())
        {
            writer.WriteStringValue(unknown);
        }

        writer.WriteEndArray();
    }

    public static string Plural(int count, string word) => count == 1 ? $"1 {word}" : $"{count} {word}s";
}
