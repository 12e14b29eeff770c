namespace Thpc.NodeAgent.Fleet;

/// <summary>Nodes that got the same content for a script.</summary>
internal sealed record ScriptContent(string Sha256, IReadOnlyList<string> Nodes);
