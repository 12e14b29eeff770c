namespace Thpc.NodeAgent.Host;

/// <summary>Tells this boot from others.</summary>
internal static class CurrentBoot
{
    /// <returns>
    /// The kernel's id of this boot; under an unpacked image without /proc that of the machine which runs this. Null where there is no /proc at all.
    /// </returns>
    public static string? Id(NodeRoot root) => MachineIdentity.ReadLine(root.BootId) ?? MachineIdentity.ReadLine(new NodeRoot("/").BootId);
}
