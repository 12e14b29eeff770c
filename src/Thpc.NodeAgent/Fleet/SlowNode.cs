using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.Fleet;

/// <summary>A slow node.</summary>
/// <param name="Stage">The stage that took most time; null if none ran.</param>
/// <param name="Step">The step of that stage that took most time; null if none ran.</param>
internal sealed record SlowNode(NodeRun Run, StageReport? Stage, StepReport? Step);
