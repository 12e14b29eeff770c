using System.CommandLine;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Scaling;

namespace Thpc.NodeAgent.Cli;

/// <summary>`scaling`: computes what THPC_AS does, from its documented policy. Sends no requests to the cloud.</summary>
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
    public static readonly NumberOption Running = new(
        "--running", "elastic nodes that the queue already has", "N", 0, ScalingJob.MaxNodes, initial: 0);
    public static readonly Option<bool> Json = new("--json") { Description = "print as JSON" };

    public static Command Create() => new("scaling", "Simulate THPC_AS for a job and a queue configuration.")
    {
        ScalingMatchCommand.Create(),
        ScalingRoundsCommand.Create(),
    };

    /// <returns>Null if the input has errors, which are added to the diagnostics.</returns>
    public static ScalingConfig? Load(ParseResult parse, ICollection<ConfigDiagnostic> diagnostics)
    {
        var file = parse.GetValue(ConfigurationFile)!;
        return ScalingJson.Parse(ConfigFileReader.ReadInput(file), file, diagnostics);
    }

    /// <exception cref="AgentException">CONFIG_INVALID, with every problem.</exception>
    public static void Require(IReadOnlyCollection<ConfigDiagnostic> diagnostics)
    {
        if (diagnostics.Count > 0)
        {
            throw new AgentException(ErrorCode.ConfigInvalid, ConfigDiagnostic.Join(diagnostics), Hints.CorrectScalingInput);
        }
    }
}
