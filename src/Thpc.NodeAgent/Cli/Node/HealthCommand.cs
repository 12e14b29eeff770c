using System.CommandLine;
using Thpc.NodeAgent.Bootstrap;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Stages.Mount;

namespace Thpc.NodeAgent.Cli;

/// <summary>`health`: for Slurm's HealthCheckProgram and others who ask often and cannot wait.</summary>
internal static class HealthCommand
{
    // Of the second that is promised the rest is for the start and for a busy machine.
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(700);
    private static readonly TimeSpan OptionFileLimit = TimeSpan.FromMilliseconds(250);
    private static readonly Option<bool> Json = new("--json") { Description = "print as JSON" };

    public static Command Create()
    {
        var command = new Command("health", AgentCommand.Describe(
            "Check that this boot succeeded and that mounts respond.",
            "For HealthCheckProgram of Slurm. Answers within one second. Prints a line for each problem, its error "
                + "code first; then exit code 5.",
            "thpc-node-agent health"))
        {
            Json,
        };
        command.OnRun((parse, cancel) => RunAsync(GlobalOptions.From(parse), parse.GetValue(Json), cancel));
        return command;
    }

    private static async Task<int> RunAsync(GlobalOptions globals, bool json, CancellationToken cancel)
    {
        // Without a configuration there is nothing to be ready for.
        var unready = globals.ConfigText is null ? null : Readiness.Problem(globals.Root);

        // Of a configuration that was refused the mounts are not known.
        IReadOnlyList<MountPointState> places = unready?.Reason == ErrorCode.ConfigInvalid.Name ? [] : await InspectAsync(globals, cancel);
        var sick = places.Where(place => place.Problem is not null).ToList();
        if (json)
        {
            var all = places.Select(place => ((string?)place.LocalPath, place.Problem));
            ProblemOutput.WriteJson(unready is null ? all : all.Prepend((null, unready.Value.Error)));
        }
        else
        {
            if (unready is { } node)
            {
                Console.WriteLine(ProblemOutput.Line(node.Reason, node.Error));
            }

            sick.ForEach(place => Console.WriteLine(ProblemOutput.Line(place.LocalPath, place.Problem!)));
            if (unready is null && sick.Count == 0)
            {
                var paths = string.Join(", ", places.Select(place => place.LocalPath));
                Console.WriteLine($"ok: {(places.Count == 0 ? "no storage is configured" : paths)}");
            }
        }

        return unready is null && sick.Count == 0 ? ExitCode.Done : ExitCode.CheckFoundProblems;
    }

    private static async Task<IReadOnlyList<MountPointState>> InspectAsync(GlobalOptions globals, CancellationToken cancel)
    {
        var state = new StorageState(DriverContext.Create(globals.LoadConfig(limit: OptionFileLimit).Config, globals.Root));
        return await state.InspectAsync(state.Known.OrderBy(storage => storage.LocalPath, StringComparer.Ordinal), Limit, cancel);
    }
}
