namespace Thpc.NodeAgent.Fleet;

/// <summary>The nodes that fetched the same content of a script.</summary>
internal sealed record ScriptContent(string Sha256, IReadOnlyList<NodeRun> Nodes);
