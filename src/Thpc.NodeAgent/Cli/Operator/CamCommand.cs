using System.CommandLine;
using Thpc.NodeAgent.Cos;

namespace Thpc.NodeAgent.Cli;

/// <summary>`cam`: the permissions that the node's CAM role needs.</summary>
internal static class CamCommand
{
    private static readonly Option<bool> Json = new("--json") { Description = "as without: a policy is JSON" };

    public static Command Create()
    {
        var policy = new Command("policy", AgentCommand.WithExample(
            "The least CAM policy with which the node can read its init scripts from COS, for the role bound to the instance. A line on standard error for each script that needs nothing.",
            "thpc-node-agent cam policy --config /etc/thpc/node-agent.toml"))
        {
            Json,
        };
        policy.OnRun((parse, _) => Task.FromResult(Run(GlobalOptions.From(parse))));
        return new Command("cam", "What the node's CAM role must be allowed: policy.") { policy };
    }

    private static int Run(GlobalOptions globals)
    {
        var loaded = globals.LoadConfig();
        var policy = CosPolicy.For(loaded.Config.InitScripts, signed: loaded.Config.AllowedSigners is not null);
        foreach (var warning in loaded.Warnings.Select(warning => $"warning: {warning}").Concat(policy.Notes))
        {
            Console.Error.WriteLine($"thpc-node-agent: {warning}");
        }

        if (policy.Resources.Count == 0)
        {
            Console.Error.WriteLine("thpc-node-agent: no script is on COS, so the role needs no policy; the policy below allows nothing");
        }

        JsonOutput.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("version", "2.0");
            writer.WriteStartArray("statement");
            if (policy.Resources.Count > 0)
            {
                writer.WriteStartObject();
                writer.WriteString("effect", "allow");
                writer.WriteStartArray("action");
                writer.WriteStringValue(CosPolicy.Action);
                writer.WriteEndArray();
                writer.WriteStartArray("resource");
                foreach (var resource in policy.Resources)
                {
                    writer.WriteStringValue(resource);
                }

                writer.WriteEndArray();
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        });
        return ExitCode.Done;
    }
}
