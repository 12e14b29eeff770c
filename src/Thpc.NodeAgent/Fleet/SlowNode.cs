using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.Fleet;

/// <summary>A node that took long, and where its time went.</summary>
/// <param name="Stage">The stage that took most of it, and <paramref name="Step"/> the step of that; null where none ran.</param>
internal sealed record SlowNode(NodeRun Run, StageReport? Stage, StepReport? Step);
