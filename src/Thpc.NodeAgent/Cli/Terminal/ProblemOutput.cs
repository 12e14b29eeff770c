using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Cli;

/// <summary>What a check of mounts found, for people, for Slurm and as JSON.</summary>
internal static class ProblemOutput
{
    /// <summary>A line that begins with the code and what it is about: Slurm's health check takes its reason from there.</summary>
    /// <param name="subject">A mount point, or the code of the run that failed; null where there is neither.</param>
    public static string Line(string? subject, AgentException problem) =>
        $"{problem.Code}{(subject is null ? "" : " " + subject)}: {problem.Message}";

    /// <param name="places">
    /// A mount point's state is "ok" where its problem is null; a problem of the whole node has no mount point.
    /// </param>
    public static void WriteJson(IEnumerable<(string? LocalPath, AgentException? Problem)> places) => JsonOutput.Write(writer =>
    {
        writer.WriteStartArray();
        foreach (var (localPath, problem) in places)
        {
            writer.WriteStartObject();
            writer.WriteString("local_path", localPath);
            writer.WriteString("state", problem is null ? "ok" : "fail");
            writer.WriteString("code", problem?.Code.Name);
            writer.WriteString("message", problem?.Message);
            writer.WriteString("hint", problem?.Hint.English);
            writer.WriteString("hint_zh", problem?.Hint.Chinese);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });
}
