using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.Fleet;

/// <summary>Runs that failed with the same error code.</summary>
/// <param name="Nodes">The nodes, sorted by name.</param>
/// <param name="Sample">The error of the first node.</param>
internal sealed record FailureGroup(string Code, IReadOnlyList<NodeRun> Nodes, ErrorReport Sample);
