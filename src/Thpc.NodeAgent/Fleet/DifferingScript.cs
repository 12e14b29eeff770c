namespace Thpc.NodeAgent.Fleet;

/// <summary>A script of which not all nodes got the same.</summary>
/// <param name="Contents">What most got first.</param>
internal sealed record DifferingScript(string Script, IReadOnlyList<ScriptContent> Contents);
