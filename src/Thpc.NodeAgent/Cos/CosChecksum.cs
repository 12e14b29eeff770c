using System.IO.Hashing;

namespace Thpc.NodeAgent.Cos;

/// <summary>
/// The checksum of the header x-cos-hash-crc64ecma: CRC-64/XZ, that is the reflected ECMA-182 polynomial with all ones before and after.
/// </summary>
internal static class CosChecksum
{
    private static readonly Crc64ParameterSet Xz = Crc64ParameterSet.Create(
        polynomial: 0x42F0E1EBA9EA3693, initialValue: ulong.MaxValue, finalXorValue: ulong.MaxValue, reflectValues: true);

    public static Crc64 Create() => new(Xz);
}
