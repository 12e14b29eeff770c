using System.CommandLine;
using Thpc.NodeAgent.Bootstrap;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Stages.Mount;

namespace Thpc.NodeAgent.Cli;

/// <summary>`health`: for Slurm's HealthCheckProgram and others who ask often and cannot wait.</summary>
internal static class HealthCommand
{
    // Of the second that is promised the rest is for the start and for a busy machine.
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(700);
    private static readonly Option<bool> Json = new("--json") { Description = "print as JSON" };

    public static Command Create()
    {
        var command = new Command("health", AgentCommand.WithExample(
            "Has this boot's bootstrap succeeded, and are the mounts alive? Answers within a second; exit 5 and a line for each problem, its code first.",
            "thpc-node-agent health"))
        {
            Json,
        };
        command.OnRun((parse, cancel) => RunAsync(Globals.Of(parse), parse.GetValue(Json), cancel));
        return command;
    }

    private static async Task<int> RunAsync(Globals globals, bool json, CancellationToken cancel)
    {
        // First, for a configuration that was refused is one of the reasons. Without a configuration there is nothing to be ready for.
        List<(string? Subject, AgentException? Problem)> found = [];
        if (ConfigFile.Read(globals.ConfigPath) is not null && Readiness.Problem(globals.Root) is { } unready)
        {
            found.Add((unready.Reason, unready.Error));
        }

        if (found.Count == 0 || found[0].Subject != ErrorCode.ConfigInvalid.Name)
        {
            var survey = new Survey(DriverContext.Of(globals.LoadConfig().Config, globals.Root));
            var places = await survey.LookAsync(survey.Known.OrderBy(storage => storage.LocalPath, StringComparer.Ordinal), Limit, cancel);
            found.AddRange(places.Select(place => ((string?)place.LocalPath, place.Problem)));
        }

        var problems = found.Where(item => item.Problem is not null).ToList();
        if (json)
        {
            ProblemOutput.WriteJson(found.Select(item => (item.Problem?.Code == ErrorCode.NodeNotReady ? null : item.Subject, item.Problem)));
        }
        else
        {
            problems.ForEach(item => Console.WriteLine(ProblemOutput.Line(item.Subject, item.Problem!)));
            if (problems.Count == 0)
            {
                Console.WriteLine($"ok: {string.Join(", ", found.Select(item => item.Subject))}{(found.Count == 0 ? "no storage is configured" : "")}");
            }
        }

        return problems.Count == 0 ? ExitCode.Done : ExitCode.CheckFoundProblems;
    }
}
