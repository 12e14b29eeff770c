using System.Security.Cryptography;
using System.Text;

namespace Thpc.NodeAgent.Host;

/// <summary>
/// A short name of this machine that may stand in files that everybody can read. Which order of bytes the first three numbers of the
/// firmware's UUID have is not agreed on (SMBIOS 2.6 turned it round), so another kernel or hypervisor may show the same UUID in the other one.
/// </summary>
/// <param name="Tag">Of the UUID as the firmware shows it now.</param>
/// <param name="Swapped">Of the same UUID in the other order.</param>
internal sealed record MachineFingerprint(string Tag, string Swapped)
{
    private const int Length = 12;

    // What firmware says that was never told who it is; the third is the example of a well-known BIOS kit.
    private static readonly string[] Nobody = ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "03000200-0400-0500-0006-000700080009"];

    /// <summary>As it is written down.</summary>
    public static implicit operator string?(MachineFingerprint? machine) => machine?.Tag;

    /// <returns>12 hexadecimal digits made of the firmware's UUID (DMI), which only root may read; null where there is none to rely on.</returns>
    public static MachineFingerprint? Read(NodeRoot root) =>
        MachineIdentity.ReadLine(root.Locate("/sys/class/dmi/id/product_uuid")) is { } text && Guid.TryParse(text, out var uuid) && !IsNobody(uuid) && !IsNobody(Swap(uuid))
            ? new MachineFingerprint(Hash(uuid), Hash(Swap(uuid)))
            : null;

    /// <summary>The tag that was written down where it is this machine's, or nobody can tell; else this machine's.</summary>
    public static string? Normalize(MachineFingerprint? machine, string? written) => machine is null || machine.IsOf(written) ? written : machine.Tag;

    /// <summary>Whether these are one UUID, in whatever order and case.</summary>
    public static bool IsSameUuid(string one, string other) =>
        Guid.TryParse(one, out var first) && Guid.TryParse(other, out var second) && (first == second || first == Swap(second));

    /// <summary>Whether that tag was written on this machine.</summary>
    public bool IsOf(string? tag) => tag == Tag || tag == Swapped;

    public override string ToString() => Tag;

    private static bool IsNobody(Guid uuid) => Nobody.Contains(uuid.ToString());

    private static Guid Swap(Guid uuid) => new(uuid.ToByteArray(bigEndian: true), bigEndian: false);

    private static string Hash(Guid uuid) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes($"thpc-node-agent {uuid}")))[..Length];
}
