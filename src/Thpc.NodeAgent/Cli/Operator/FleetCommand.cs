using System.CommandLine;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Fleet;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Cli;

/// <summary>`fleet`: summarizes the last runs of many nodes, from reports in a shared directory.</summary>
internal static class FleetCommand
{
    private const string Suffix = ".json";
    private const int MaxBytes = 1 << 20;
    private static readonly Argument<string?> Folder = new("DIR")
    {
        Description = "directory with the reports (default: directory in section [fleet] of the configuration)",
        Arity = ArgumentArity.ZeroOrOne,
    };
    private static readonly Option<bool> Json = new("--json") { Description = "print as JSON, with every node" };
    private static readonly Option<string?> Page = new("--html")
    {
        Description = "also write a page with pictures, in one file",
        HelpName = "FILE",
    };
    private static readonly Option<string?> Cluster = new("--cluster") { Description = "only nodes of this cluster", HelpName = "ID" };
    private static readonly Option<int> Timeout = new("--timeout")
    {
        Description = "limit for reading all reports, 1 to 3600",
        HelpName = "SECONDS",
        DefaultValueFactory = _ => 30,
    };

    public static Command Create()
    {
        var command = new Command("fleet", AgentCommand.Describe(
            "Summarize the last runs of many nodes.",
            "Prints outcomes; p50, p95 and maximum time of each stage; failures by error code; scripts that differ "
                + "between nodes; the slowest nodes and why they are slow. Reads the reports that nodes save in a shared "
                + "directory; needs no root. Exit code 5 if a node failed or a report cannot be read.",
            "thpc-node-agent fleet /opt/thpc/fleet --html fleet.html"))
        {
            Folder, Json, Page, Cluster, Timeout,
        };
        command.OnRun((parse, cancel) => RunAsync(
            GlobalOptions.LanguageOf(parse), parse.GetValue(Folder) ?? Configured(GlobalOptions.From(parse)), parse.GetValue(Cluster),
            TimeSpan.FromSeconds(Math.Clamp(parse.GetValue(Timeout), 1, 3600)), parse.GetValue(Json), parse.GetValue(Page), cancel));
        return command;
    }

    private static string Configured(GlobalOptions globals) => globals.LoadConfig().Config.FleetDirectory is { } directory
        ? globals.Root.On(directory)
        : throw new AgentException(
            ErrorCode.ConfigInvalid, $"no directory is given, and {globals.ConfigName} sets none", Hints.FleetDirectory);

    private static async Task<int> RunAsync(
        Language language, string directory, string? cluster, TimeSpan limit, bool json, string? page, CancellationToken cancel)
    {
        var files = await DirectoryReader.ReadAsync<Report>(
            Path.GetFullPath(directory), Suffix, MaxBytes, ReportJson.Read, "is not a complete report", limit, cancel);
        var reports = files.Where(file => file.Content is not null && (cluster is null || file.Content.ClusterId == cluster));
        var fleet = FleetSummary.From(
            [.. reports.Select(file => new NodeRun(file.Name[..^Suffix.Length], file.Content!))],
            [.. files.Where(file => file.Problem is not null).Select(file => new UnreadableReport(file.Name, file.Problem!))]);
        if (page is not null)
        {
            await OutputFile.WriteAsync(page, FleetPage.Write(fleet, directory, TimeProvider.System.GetUtcNow(), language), cancel);
        }

        if (json)
        {
            JsonOutput.Write(writer => FleetJson.Write(writer, fleet));
        }
        else
        {
            var scope = cluster is null ? "" : $" of {TerminalText.OneLine(cluster)}";
            var empty = fleet.Runs.Count == 0 ? $"no report{scope} is in {TerminalText.OneLine(directory)}\n" : "";
            TerminalOutput.Write(empty + FleetText.Write(fleet, language));
        }

        return fleet.HasProblems ? ExitCode.CheckFoundProblems : ExitCode.Done;
    }
}
