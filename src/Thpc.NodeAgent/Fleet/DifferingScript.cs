namespace Thpc.NodeAgent.Fleet;

/// <summary>A script that has different contents on different nodes.</summary>
/// <param name="Contents">The contents, the most frequent first.</param>
internal sealed record DifferingScript(string Script, IReadOnlyList<ScriptContent> Contents);
