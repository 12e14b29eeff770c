namespace Thpc.NodeAgent.Reporting;

/// <summary>What a script was doing when its time was over, for a log and for a terminal.</summary>
internal static class AutopsyText
{
    public static IEnumerable<string> Lines(Autopsy? autopsy) => autopsy is null ? [] :
    [
        "when its time was over it was",
        .. autopsy.Findings.Select(finding => $"  {finding}"),
        "its processes, with state and wait channel",
        .. autopsy.Tree().Select(line => $"  {line}"),
        .. autopsy.LastLines.Count > 0 ? (string[])["the last it printed", .. autopsy.LastLines.Select(line => $"  {line}")] : [],
    ];
}
