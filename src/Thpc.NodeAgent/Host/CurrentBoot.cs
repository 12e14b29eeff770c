namespace Thpc.NodeAgent.Host;

/// <summary>Identifies the current boot.</summary>
internal static class CurrentBoot
{
    /// <returns>
    /// The kernel's id of this boot. For an unpacked image without /proc, the id of the machine that runs this. Null without any /proc.
    /// </returns>
    public static string? Id(NodeRoot root) => MachineIdentity.ReadLine(root.BootId) ?? MachineIdentity.ReadLine(new NodeRoot("/").BootId);
}
