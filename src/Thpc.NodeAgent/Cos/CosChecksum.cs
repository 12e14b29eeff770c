using System.IO.Hashing;

namespace Thpc.NodeAgent.Cos;

/// <summary>
/// The checksum in the header x-cos-hash-crc64ecma: CRC-64/XZ (reflected ECMA-182 polynomial, initial value and final XOR all ones).
/// </summary>
internal static class CosChecksum
{
    private static readonly Crc64ParameterSet Xz = Crc64ParameterSet.Create(
        polynomial: 0x42F0E1EBA9EA3693, initialValue: ulong.MaxValue, finalXorValue: ulong.MaxValue, reflectValues: true);

    public static Crc64 Create() => new(Xz);
}
