using System.Security.Cryptography;
using System.Text;

namespace Thpc.NodeAgent.Host;

/// <summary>
/// A short hash of this machine's UUID that may appear in world-readable files. SMBIOS 2.6 changed the byte order of the first three
/// fields of the UUID, so another kernel or hypervisor may show the same UUID in the other byte order.
/// </summary>
/// <param name="Tag">The hash of the UUID in the byte order that the firmware shows now.</param>
/// <param name="Swapped">The hash of the UUID in the other byte order.</param>
internal sealed record MachineFingerprint(string Tag, string Swapped)
{
    private const int Length = 12;

    // UUIDs of unconfigured firmware; the third is the example value of a common BIOS kit.
    private static readonly string[] Placeholders =
        ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "03000200-0400-0500-0006-000700080009"];

    /// <summary>The tag to write into files.</summary>
    public static implicit operator string?(MachineFingerprint? machine) => machine?.Tag;

    /// <returns>Null if the firmware's UUID (DMI, readable by root only) is missing or a placeholder.</returns>
    public static MachineFingerprint? Read(NodeRoot root) =>
        MachineIdentity.ReadLine(root.Locate("/sys/class/dmi/id/product_uuid")) is { } text && Guid.TryParse(text, out var uuid)
        && !IsPlaceholder(uuid) && !IsPlaceholder(Swap(uuid))
            ? new MachineFingerprint(Hash(uuid), Hash(Swap(uuid)))
            : null;

    /// <returns>The written tag if it is this machine's, or this machine's is unknown; else this machine's tag.</returns>
    public static string? Normalize(MachineFingerprint? machine, string? written) =>
        machine is null || machine.IsOf(written) ? written : machine.Tag;

    /// <summary>Whether these are the same UUID, in any byte order and case.</summary>
    public static bool IsSameUuid(string one, string other) =>
        Guid.TryParse(one, out var first) && Guid.TryParse(other, out var second) && (first == second || first == Swap(second));

    /// <summary>Whether that tag was written on this machine.</summary>
    public bool IsOf(string? tag) => tag == Tag || tag == Swapped;

    public override string ToString() => Tag;

    private static bool IsPlaceholder(Guid uuid) => Placeholders.Contains(uuid.ToString());

    private static Guid Swap(Guid uuid) => new(uuid.ToByteArray(bigEndian: true), bigEndian: false);

    private static string Hash(Guid uuid) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes($"thpc-node-agent {uuid}")))[..Length];
}
