using System.Globalization;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Reporting;

/// <summary>Formats what a script was doing when its time ran out, for logs and terminals.</summary>
internal static class DiagnosticsText
{
    private const int MaxIndentLevels = 20;

    public static IEnumerable<string> Lines(TimeoutDiagnostics? diagnostics) => diagnostics is null ? [] :
    [
        "when the time ran out, the script was",
        .. diagnostics.Findings.Select(finding => $"  {finding}"),
        "its processes, with state and wait channel:",
        .. Tree(diagnostics).Select(line => $"  {line}"),
        .. diagnostics.LastLines.Count > 0 ? (string[])["its last output:", .. diagnostics.LastLines.Select(line => $"  {line}")] : [],
    ];

    /// <summary>Returns one line per process, indented below its parent.</summary>
    private static IEnumerable<string> Tree(TimeoutDiagnostics diagnostics)
    {
        var depths = new Dictionary<int, int>();
        foreach (var process in diagnostics.Processes)
        {
            var depth = depths[process.Pid] = depths.TryGetValue(process.ParentPid, out var parent) ? parent + 1 : 0;
            var indent = new string(' ', 2 * Math.Min(depth, MaxIndentLevels));
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{indent}{process.Pid} {process.State} {process.WaitChannel ?? "-"}: {process.Command}");
            foreach (var file in process.NetworkFiles)
            {
                yield return $"{indent}  has {file}";
            }
        }

        if (diagnostics.MoreProcesses > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"and {diagnostics.MoreProcesses} more processes");
        }
    }
}
