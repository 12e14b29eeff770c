using Thpc.NodeAgent.Configuration.Toml;

namespace Thpc.NodeAgent.Configuration.Sections;

/// <summary>Reads [fleet]: the shared directory to which every node copies its report.</summary>
internal static class FleetReader
{
    /// <returns>The directory, absolute and normalized, without trailing slash; null if reports are not copied.</returns>
    public static string? Read(TableReader table)
    {
        var path = LocalPath.Normalize(table.Text(ConfigKeys.FleetDirectory)!);
        table.Close();
        if (path.Length == 0)
        {
            return null;
        }

        // The rules of mount points apply: a shared directory is never one of the system's own.
        if ((LocalPath.ValidateBlanks(path) ?? LocalPath.Validate(path)) is { } problem)
        {
            table.AddDiagnostic("directory", problem + Messages.UseShare(ConfigKeys.FleetDirectory.Example!));
        }

        return path;
    }
}
