namespace Thpc.NodeAgent.Fleet;

/// <summary>A file that should have been a report.</summary>
internal sealed record UnreadableReport(string File, string Problem);
