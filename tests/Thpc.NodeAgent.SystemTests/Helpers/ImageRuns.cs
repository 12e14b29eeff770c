using System.Text.Json;

namespace Thpc.NodeAgent.SystemTests.Helpers;

/// <summary>Reads what the image commands print.</summary>
internal static class ImageRuns
{
    /// <returns>Operation, change and path of each item that `image check --json` or `image prep --json` printed.</returns>
    public static IReadOnlyList<(string Operation, string Change, string Path)> Items(this AgentRun run)
    {
        using var document = JsonDocument.Parse(run.Output);
        return [.. document.RootElement.EnumerateArray().Where(item => item.TryGetProperty("operation", out _))
            .Select(item =>
                (item.GetProperty("operation").GetString()!, item.GetProperty("change").GetString()!,
                    item.GetProperty("path").GetString()!))];
    }
}
