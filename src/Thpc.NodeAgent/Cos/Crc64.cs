using System.Buffers.Binary;

namespace Thpc.NodeAgent.Cos;

/// <summary>
/// CRC-64/XZ, the checksum of the header x-cos-hash-crc64ecma: reflected ECMA-182 polynomial, all ones before and after.
/// (System.IO.Hashing.Crc64 is the unreflected one, and its parameters are fixed.)
/// </summary>
internal sealed class Crc64
{
    private const ulong Polynomial = 0xC96C5795D7870F42;

    // Eight bytes at a time, for a byte at a time takes longer than the download of it: [k][b] is what b adds with k bytes after it.
    private static readonly ulong[][] Tables = MakeTables();
    private ulong _state = ulong.MaxValue;

    public ulong Value => ~_state;

    public void Add(ReadOnlySpan<byte> bytes)
    {
        var (state, tables) = (_state, Tables);
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            state ^= BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            state = tables[7][(byte)state] ^ tables[6][(byte)(state >> 8)] ^ tables[5][(byte)(state >> 16)] ^ tables[4][(byte)(state >> 24)]
                ^ tables[3][(byte)(state >> 32)] ^ tables[2][(byte)(state >> 40)] ^ tables[1][(byte)(state >> 48)] ^ tables[0][state >> 56];
        }

        foreach (var b in bytes)
        {
            state = tables[0][(byte)(state ^ b)] ^ (state >> 8);
        }

        _state = state;
    }

    private static ulong[][] MakeTables()
    {
        var tables = new ulong[sizeof(ulong)][];
        tables[0] = [.. Enumerable.Range(0, 256).Select(Entry)];
        for (var k = 1; k < tables.Length; k++)
        {
            tables[k] = [.. tables[k - 1].Select(before => tables[0][(byte)before] ^ (before >> 8))];
        }

        return tables;
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
