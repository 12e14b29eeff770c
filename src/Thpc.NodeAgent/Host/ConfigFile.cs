using System.Text;

namespace Thpc.NodeAgent.Host;

/// <summary>The configuration's file.</summary>
internal static class ConfigFile
{
    /// <returns>Null where there is none.</returns>
    /// <exception cref="AgentException">CONFIG_INVALID: it is there and cannot be read.</exception>
    public static string? Read(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AgentException(ErrorCode.ConfigInvalid, $"{path}: {e.Message}");
        }
    }

    /// <summary>A file that a user names, or standard input for "-".</summary>
    /// <exception cref="AgentException">CONFIG_INVALID.</exception>
    public static string ReadInput(string name) => name == "-"
        ? Console.In.ReadToEnd()
        : Read(name) ?? throw new AgentException(ErrorCode.ConfigInvalid, $"{name}: there is no such file");

    /// <summary>Replaces its text; mode and owner stay, and a link stays a link.</summary>
    public static Task ReplaceAsync(string path, string text, CancellationToken cancel) =>
        AtomicFile.ReplaceAsync(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path), Encoding.UTF8.GetBytes(text), cancel);
}
