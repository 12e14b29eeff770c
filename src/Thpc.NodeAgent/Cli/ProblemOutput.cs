using System.Text.Json;

namespace Thpc.NodeAgent.Cli;

/// <summary>What a check of mounts found, for people, for Slurm and as JSON.</summary>
internal static class ProblemOutput
{
    /// <summary>A line that begins with the code and the mount point: Slurm's health check takes its reason from there.</summary>
    public static string Line(string localPath, AgentException problem) => $"{problem.Code} {localPath}: {problem.Message}";

    /// <param name="problem">Null: `state` is "ok".</param>
    public static void Write(Utf8JsonWriter writer, string localPath, AgentException? problem)
    {
        writer.WriteStartObject();
        writer.WriteString("local_path", localPath);
        writer.WriteString("state", problem is null ? "ok" : "fail");
        writer.WriteString("code", problem?.Code.Name);
        writer.WriteString("message", problem?.Message);
        writer.WriteString("hint", problem?.Hint);
        writer.WriteEndObject();
    }
}
