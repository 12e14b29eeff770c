using System.CommandLine;
using System.Text.Json;
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
        var states = await MountHealth.LookAsync(globals.LoadConfig().Config, globals.Root, Limit, cancel);
        var sick = states.Where(state => state.Problem is not null).ToList();
        if (json)
        {
            JsonOutput.Write(writer => Write(writer, states));
        }
        else
        {
            sick.ForEach(state => Console.WriteLine($"{state.Problem!.Code} {state.LocalPath}: {state.Problem.Message}"));
            if (sick.Count == 0)
            {
                Console.WriteLine($"ok: {string.Join(", ", states.Select(state => state.LocalPath))}{(states.Count == 0 ? "no storage is configured" : "")}");
            }
        }

        return sick.Count == 0 ? ExitCode.Done : ExitCode.CheckFoundProblems;
    }

    private static void Write(Utf8JsonWriter writer, IReadOnlyList<MountState> states)
    {
        writer.WriteStartArray();
        foreach (var state in states)
        {
            writer.WriteStartObject();
            writer.WriteString("local_path", state.LocalPath);
            writer.WriteString("state", state.Problem is null ? "ok" : "fail");
            writer.WriteString("code", state.Problem?.Code.Name);
            writer.WriteString("message", state.Problem?.Message);
            writer.WriteString("hint", state.Problem?.Hint);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
