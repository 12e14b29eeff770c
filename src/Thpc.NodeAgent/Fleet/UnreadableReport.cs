namespace Thpc.NodeAgent.Fleet;

/// <summary>A file in the fleet directory that is not a readable report.</summary>
internal sealed record UnreadableReport(string File, string Problem);
