using System.CommandLine;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Fleet;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Cli;

/// <summary>`fleet explain`: what differs between a node and its siblings.</summary>
internal static class FleetExplainCommand
{
    private static readonly Argument<string> Name = new("NODE") { Description = "host name, instance id or address of the node" };
    private static readonly Argument<string?> Folder = FleetCommand.NewFolder();
    private static readonly NumberOption Timeout = FleetCommand.NewTimeout();
    private static readonly Option<bool> Json = new("--json") { Description = "print as JSON" };

    public static Command Create()
    {
        var command = new Command("explain", AgentCommand.Describe(
            "List what differs between a node and its siblings.",
            "Siblings are the nodes of the same cluster and role. Compares outcome, kernel, system, agent, packages, scripts, "
                + "storage, warnings and times; lists the rarest first. Lists nothing where nothing stands out.",
            "thpc-node-agent fleet explain compute-017 /opt/thpc/fleet"))
        {
            Name, Folder, Json, Timeout,
        };
        command.OnRun(async (parse, cancel) =>
        {
            var directory = FleetCommand.DirectoryIn(parse, Folder);
            var (runs, _) = await FleetCommand.ReadAsync(directory, parse.GetValue(Timeout), cancel);
            var comparison = NodeComparison.Of(Find(parse.GetValue(Name)!, runs, directory), runs);
            if (parse.GetValue(Json))
            {
                JsonOutput.Write(writer => NodeComparisonJson.Write(writer, comparison));
            }
            else
            {
                TerminalOutput.Write(NodeComparisonText.Write(comparison));
            }

            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>The last run of a node; where several nodes had the name, as after a replacement, that of the last.</summary>
    private static NodeRun Find(string name, IReadOnlyList<NodeRun> runs, string directory) =>
        runs.Where(run => run.IsNamed(name)).MaxBy(run => run.Report.StartedAt)
        ?? throw new AgentException(
            ErrorCode.ConfigInvalid,
            Messages.NoNodeInReports(FleetSentences.Count(runs.Count), directory, TerminalText.Quoted(name, 100)),
            Hints.FleetNode);
}
