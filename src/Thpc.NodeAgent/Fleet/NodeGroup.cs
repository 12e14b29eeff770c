namespace Thpc.NodeAgent.Fleet;

/// <summary>The nodes whose reports have the same text: a warning, or the agent's version.</summary>
/// <param name="Text">The text; of texts that differ only in run ids and times, that of the first node.</param>
/// <param name="Nodes">Sorted by name.</param>
internal sealed record NodeGroup(string Text, IReadOnlyList<NodeRun> Nodes);
