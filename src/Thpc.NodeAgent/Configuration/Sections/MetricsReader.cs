using Thpc.NodeAgent.Configuration.Toml;

namespace Thpc.NodeAgent.Configuration.Sections;

/// <summary>[metrics]: the file that node_exporter's textfile collector reads.</summary>
internal static class MetricsReader
{
    /// <param name="storage">All that will be mounted.</param>
    /// <returns>The file's path on the node; null where there is to be none.</returns>
    public static string? Read(TableReader table, IReadOnlyList<Storage> storage)
    {
        var path = table.Text(ConfigKeys.MetricsTextfile)!;
        table.Close();
        if (path.Length == 0)
        {
            return null;
        }

        if (Validate(path) is { } problem)
        {
            table.AddDiagnostic("textfile", ConfigDiagnostic.Printable(problem));
        }
        else if (storage.FirstOrDefault(mounted => LocalPath.IsAtOrBelow(path, mounted.LocalPath)) is { } above)
        {
            table.AddDiagnostic(
                "textfile",
                $"{ConfigDiagnostic.Printable(path)} is in {ConfigDiagnostic.Printable(above.LocalPath)}, where every node would write it; "
                    + $"put it on the node's own disk, such as {ConfigKeys.MetricsTextfile.Example}");
        }

        return path;
    }

    /// <summary>The file that a text names, although it may have been refused for another line; null where it names none that can be.</summary>
    public static string? Find(string text) =>
        TomlText.Parse(text, "", [])?.AsTable?.GetValueOrDefault("metrics")?.AsTable?.GetValueOrDefault("textfile")?.Value is string { Length: > 0 } path && Validate(path) is null ? path : null;

    private static string? Validate(string path) =>
        LocalPath.ValidateBlanks(path) is { } blank ? blank
        : !path.StartsWith('/') ? $"\"{path}\" is not absolute; begin it with /"
        : LocalPath.ValidateForm(path) is { } problem ? problem
        : !path.EndsWith(".prom", StringComparison.Ordinal)
            ? $"\"{path}\" does not end in .prom, and node_exporter reads no other file; "
                + $"use a name such as {ConfigKeys.MetricsTextfile.Example}"
        : null;
}
