using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.Fleet;

/// <summary>Runs that ended with the same error.</summary>
/// <param name="Nodes">By name.</param>
/// <param name="Sample">What the first of them says.</param>
internal sealed record FailureGroup(string Code, IReadOnlyList<string> Nodes, ErrorReport Sample);
