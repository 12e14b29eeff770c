using System.Security.Cryptography;
using System.Text;

namespace Thpc.NodeAgent.Host;

/// <summary>A short name of this machine that may stand in files that everybody can read.</summary>
internal static class MachineTag
{
    private const int Length = 12;

    // What firmware says that was never told who it is; the third is the example of a well-known BIOS kit.
    private static readonly string[] Nobody = ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "03000200-0400-0500-0006-000700080009"];

    /// <returns>12 hexadecimal digits made of the firmware's UUID (DMI), which only root may read; null where there is none to rely on.</returns>
    public static string? Read(NodeRoot root) =>
        Instance.ReadLine(root.On("/sys/class/dmi/id/product_uuid")) is { } text && Guid.TryParse(text, out var uuid) && !Nobody.Contains(uuid.ToString())
            ? Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes($"thpc-node-agent {uuid}")))[..Length]
            : null;
}
