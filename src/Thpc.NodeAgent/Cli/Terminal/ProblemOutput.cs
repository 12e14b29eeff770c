using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Cli;

/// <summary>Prints the results of a mount check as lines, or as JSON.</summary>
internal static class ProblemOutput
{
    /// <returns>A line that begins with code and subject. Slurm's health check uses these as drain reason.</returns>
    /// <param name="subject">A mount point, or the error code of the failed run; null if there is neither.</param>
    /// <param name="language">English where a program reads the line.</param>
    public static string Line(string? subject, Error problem, Language language = Language.English) =>
        $"{problem.Code}{(subject is null ? "" : " " + subject)}: {problem.Text.In(language)}";

    /// <param name="mounts">
    /// Mount points, each with its problem, or null if it is healthy. A problem of the whole node has no mount point.
    /// </param>
    public static void WriteJson(IEnumerable<(string? LocalPath, Error? Problem)> mounts) => JsonOutput.Write(writer =>
        writer.WriteObjects(mounts, mount =>
        {
            writer.WriteString("local_path", mount.LocalPath);
            writer.WriteString("state", mount.Problem is null ? "ok" : "fail");
            writer.WriteString("code", mount.Problem?.Code.Name);
            writer.WriteString("message", mount.Problem?.Message);
            writer.WriteString("message_zh", mount.Problem?.Text.Chinese);
            writer.WriteString("hint", mount.Problem?.Hint.English);
            writer.WriteString("hint_zh", mount.Problem?.Hint.Chinese);
        }));
}
