using System.CommandLine;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Fleet;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Cli;

/// <summary>`fleet`: summarizes the last runs of many nodes, from reports in a shared directory. `fleet explain` is part of it.</summary>
internal static class FleetCommand
{
    private const string Suffix = ".json";
    private const int MaxBytes = 1 << 20;
    private static readonly Argument<string?> Folder = NewFolder();
    private static readonly Option<bool> Json = new("--json") { Description = "print as JSON, with every node" };
    private static readonly Option<bool> All = new("--all") { Description = "print whole lists" };
    private static readonly Option<string?> Page = new("--html")
    {
        Description = "also write a page with pictures, in one file",
        HelpName = "FILE",
    };
    private static readonly Option<string?> Cluster = new("--cluster") { Description = "only nodes of this cluster", HelpName = "ID" };
    private static readonly NumberOption Timeout = NewTimeout();

    public static Command Create()
    {
        var command = new Command("fleet", AgentCommand.Describe(
            "Summarize the last runs of many nodes.",
            "Prints outcomes; p50, p95 and maximum time of each stage; failures by error code; scripts that differ "
                + "between nodes; warnings; the slowest nodes and why they are slow. Lists of nodes can be pasted into scontrol. "
                + "Reads the reports that nodes save in a shared directory; needs no root. "
                + "Exit code 5 if a node failed or a report cannot be read.",
            "thpc-node-agent fleet /opt/thpc/fleet --html fleet.html"))
        {
            Folder, All, Json, Page, Cluster, Timeout, FleetExplainCommand.Create(),
        };
        command.OnRun(RunAsync);
        return command;
    }

    public static Argument<string?> NewFolder() => new("DIR")
    {
        Description = "directory with the reports (default: directory in section [fleet] of the configuration)",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public static NumberOption NewTimeout() => new("--timeout", "limit for reading all reports", "SECONDS", 1, 3600, initial: 30);

    /// <returns>The given directory, or that of the configuration.</returns>
    /// <exception cref="AgentException">CONFIG_INVALID: none is given.</exception>
    public static string DirectoryIn(ParseResult parse, Argument<string?> folder) =>
        parse.GetValue(folder) ?? Configured(GlobalOptions.From(parse));

    /// <summary>Reads the reports in a directory.</summary>
    /// <exception cref="AgentException">FILE_ACCESS: the directory cannot be read in time.</exception>
    public static async Task<(IReadOnlyList<NodeRun> Runs, IReadOnlyList<UnreadableReport> Unreadable)> ReadAsync(
        string directory, int timeout, CancellationToken cancel)
    {
        var files = await DirectoryReader.ReadAsync<Report>(
            Path.GetFullPath(directory), Suffix, MaxBytes, ReportJson.Read, "is not a complete report", TimeSpan.FromSeconds(timeout),
            cancel);
        return (
            [.. files.Where(file => file.Content is not null).Select(file => new NodeRun(file.Name[..^Suffix.Length], file.Content!))],
            [.. files.Where(file => file.Problem is not null).Select(file => new UnreadableReport(file.Name, file.Problem!))]);
    }

    private static string Configured(GlobalOptions globals) => globals.LoadConfig().Config.FleetDirectory is { } directory
        ? globals.Root.On(directory)
        : throw new AgentException(
            ErrorCode.ConfigInvalid, Messages.NoFleetDirectory(globals.ConfigName), Hints.FleetDirectory);

    private static async Task<int> RunAsync(ParseResult parse, CancellationToken cancel)
    {
        var language = GlobalOptions.LanguageOf(parse);
        var cluster = parse.GetValue(Cluster);
        var directory = DirectoryIn(parse, Folder);
        var (runs, unreadable) = await ReadAsync(directory, parse.GetValue(Timeout), cancel);
        var fleet = FleetSummary.From([.. runs.Where(run => cluster is null || run.Report.ClusterId == cluster)], unreadable);
        if (parse.GetValue(Page) is { } page)
        {
            await OutputFile.WriteAsync(page, FleetPage.Write(fleet, directory, TimeProvider.System.GetUtcNow(), language), cancel);
        }

        if (parse.GetValue(Json))
        {
            JsonOutput.Write(writer => FleetJson.Write(writer, fleet));
        }
        else
        {
            var scope = cluster is null ? "" : $" of {TerminalText.OneLine(cluster)}";
            var empty = fleet.Runs.Count == 0 ? $"no report{scope} is in {TerminalText.OneLine(directory)}\n" : "";
            TerminalOutput.Write(empty + FleetText.Write(fleet, language, parse.GetValue(All)));
        }

        return fleet.HasProblems ? ExitCode.CheckFoundProblems : ExitCode.Done;
    }
}
