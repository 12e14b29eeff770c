namespace Thpc.NodeAgent.Reporting.Fleet;

/// <summary>A file that should have been a report.</summary>
internal sealed record UnreadableReport(string File, string Problem);
