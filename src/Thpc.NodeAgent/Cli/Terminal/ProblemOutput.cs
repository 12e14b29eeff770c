using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Cli;

/// <summary>Prints the results of a mount check as lines, or as JSON.</summary>
internal static class ProblemOutput
{
    /// <returns>A line that begins with code and subject. Slurm's health check uses these as drain reason.</returns>
    /// <param name="subject">A mount point, or the error code of the failed run; null if there is neither.</param>
    public static string Line(string? subject, Error problem) =>
        $"{problem.Code}{(subject is null ? "" : " " + subject)}: {problem.Message}";

    /// <param name="mounts">
    /// Mount points, each with its problem, or null if it is healthy. A problem of the whole node has no mount point.
    /// </param>
    public static void WriteJson(IEnumerable<(string? LocalPath, Error? Problem)> mounts) => JsonOutput.Write(writer =>
    {
        writer.WriteStartArray();
        foreach (var (localPath, problem) in mounts)
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
