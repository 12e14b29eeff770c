using Thpc.NodeAgent.Configuration.Toml;

namespace Thpc.NodeAgent.Configuration.Sections;

/// <summary>[fleet]: the shared directory in which every node leaves its report.</summary>
internal static class FleetReader
{
    /// <returns>The directory on the node, absolute and normal, without a trailing slash; null where nothing is to be left.</returns>
    public static string? Read(TableReader table)
    {
        var path = LocalPath.Normalize(table.Text(ConfigKeys.FleetDirectory)!);
        table.Close();
        if (path.Length == 0)
        {
            return null;
        }

        // The same rules as for mount points: it is shared, and so none of the system's own.
        if ((LocalPath.ValidateBlanks(path) ?? LocalPath.Validate(path)) is { } problem)
        {
            table.AddDiagnostic(
                "directory",
                ConfigDiagnostic.Printable($"{problem}; it is usually on the scheduler's share, such as {ConfigKeys.FleetDirectory.Example}"));
        }

        return path;
    }
}
