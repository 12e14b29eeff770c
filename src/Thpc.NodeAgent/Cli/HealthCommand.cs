using System.CommandLine;
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
            "Are the mounts that should be there alive? Answers within a second, whatever is dead; exit 5 and a line for each that is not, its code first.",
            "thpc-node-agent health"))
        {
            Json,
        };
        command.OnRun((parse, cancel) => RunAsync(Globals.Of(parse), parse.GetValue(Json), cancel));
        return command;
    }

    private static async Task<int> RunAsync(Globals globals, bool json, CancellationToken cancel)
    {
        var survey = new Survey(DriverContext.Of(globals.LoadConfig().Config, globals.Root));
        var places = await survey.LookAsync(survey.Known.OrderBy(storage => storage.LocalPath, StringComparer.Ordinal), Limit, cancel);
        var sick = places.Where(place => place.Problem is not null).ToList();
        if (json)
        {
            ProblemOutput.WriteJson(places.Select(place => (place.LocalPath, place.Problem)));
        }
        else
        {
            sick.ForEach(place => Console.WriteLine(ProblemOutput.Line(place.LocalPath, place.Problem!)));
            if (sick.Count == 0)
            {
                Console.WriteLine($"ok: {string.Join(", ", places.Select(place => place.LocalPath))}{(places.Count == 0 ? "no storage is configured" : "")}");
            }
        }

        return sick.Count == 0 ? ExitCode.Done : ExitCode.CheckFoundProblems;
    }
}
