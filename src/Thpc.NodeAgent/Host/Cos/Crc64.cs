namespace Thpc.NodeAgent.Host.Cos;

/// <summary>
/// CRC-64/XZ, the checksum of the header x-cos-hash-crc64ecma: reflected ECMA-182 polynomial, all ones before and after.
/// (System.IO.Hashing.Crc64 is the unreflected one, and its parameters are fixed.)
/// </summary>
internal sealed class Crc64
{
    private const ulong Polynomial = 0xC96C5795D7870F42;
    private static readonly ulong[] Table = [.. Enumerable.Range(0, 256).Select(Entry)];
    private ulong _state = ulong.MaxValue;

    public ulong Value => ~_state;

    public void Add(ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes)
        {
            _state = Table[(byte)(_state ^ b)] ^ (_state >> 8);
        }
    }

    private static ulong Entry(int index)
    {
        var entry = (ulong)index;
        for (var bit = 0; bit < 8; bit++)
        {
            entry = (entry & 1) != 0 ? (entry >> 1) ^ Polynomial : entry >> 1;
        }

        return entry;
    }
}
