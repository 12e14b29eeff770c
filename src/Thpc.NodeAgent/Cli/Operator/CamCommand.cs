using System.CommandLine;
using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Cli;

/// <summary>`cam`: the permissions that the node's CAM role needs.</summary>
internal static class CamCommand
{
    private static readonly Option<bool> Json = new("--json") { Description = "no effect: the policy is always JSON" };

    public static Command Create()
    {
        var policy = new Command("policy", AgentCommand.Describe(
            "Print the minimal CAM policy to read the scripts from COS.",
            "The policy is for the role that is bound to the instance. Prints a line on standard error for each "
                + "script that needs no permission.",
            "thpc-node-agent cam policy --config /etc/thpc/node-agent.toml"))
        {
            Json,
        };
        policy.OnRun((parse, _) => Task.FromResult(Run(GlobalOptions.From(parse))));
        return new Command("cam", "Print the CAM policy that the node needs.") { policy };
    }

    private static int Run(GlobalOptions globals)
    {
        var loaded = globals.LoadConfig();
        var policy = CosPolicy.For(loaded.Config.InitScripts, signed: loaded.Config.AllowedSigners is not null);
        foreach (var warning in loaded.Warnings.Select(warning => $"warning: {warning}").Concat(policy.Notes))
        {
            TerminalOutput.WriteErrorLine($"thpc-node-agent: {warning}");
        }

        if (policy.Resources.Count == 0)
        {
            TerminalOutput.WriteErrorLine(
                "thpc-node-agent: no script is on COS, so the role needs no policy; the policy below allows nothing");
        }

        IReadOnlyList<string>[] statements = policy.Resources.Count == 0 ? [] : [policy.Resources];
        JsonOutput.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("version", "2.0");
            writer.WriteObjects("statement", statements, resources =>
            {
                writer.WriteString("effect", "allow");
                writer.WriteTexts("action", [CosPolicy.Action]);
                writer.WriteTexts("resource", resources);
            });
            writer.WriteEndObject();
        });
        return ExitCode.Done;
    }
}
