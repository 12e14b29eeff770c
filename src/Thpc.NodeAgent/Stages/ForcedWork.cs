namespace Thpc.NodeAgent.Stages;

/// <summary>What a bootstrap does although it would normally not.</summary>
/// <param name="Scripts">Run scripts again that succeeded on this instance.</param>
/// <param name="MountOverOpt">Mount over /opt although programs run from it.</param>
internal sealed record ForcedWork(bool Scripts, bool MountOverOpt);
