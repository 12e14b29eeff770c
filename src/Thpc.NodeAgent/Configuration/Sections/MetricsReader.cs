using Thpc.NodeAgent.Configuration.Toml;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Configuration.Sections;

/// <summary>Reads [metrics]: the file for node_exporter's textfile collector.</summary>
internal static class MetricsReader
{
    /// <param name="storage">All storage that will be mounted.</param>
    /// <returns>The file's path on the node; null if no metrics are wanted.</returns>
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
            table.AddDiagnostic("textfile", problem);
        }
        else if (storage.FirstOrDefault(mounted => LocalPath.IsAtOrBelow(path, mounted.LocalPath)) is { } above)
        {
            table.AddDiagnostic(
                "textfile",
                Messages.OnSharedDisk(
                    TerminalText.Quoted(path), TerminalText.Quoted(above.LocalPath), ConfigKeys.MetricsTextfile.Example!));
        }

        return path;
    }

    /// <summary>Returns the metrics file of a configuration that may be invalid elsewhere; null if it names no valid file.</summary>
    public static string? Find(string text)
    {
        var section = TomlText.Parse(text, "", [])?.AsTable?.GetValueOrDefault("metrics");
        var path = section?.AsTable?.GetValueOrDefault("textfile")?.Value as string;
        return string.IsNullOrEmpty(path) || Validate(path) is not null ? null : path;
    }

    private static LocalizedText? Validate(string path) =>
        LocalPath.ValidateFile(path)
        ?? (path.EndsWith(".prom", StringComparison.Ordinal)
            ? null
            : Messages.NotProm(TerminalText.Quoted(path), ConfigKeys.MetricsTextfile.Example!));
}
