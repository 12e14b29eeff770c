using System.Buffers.Binary;
using System.Text;

namespace Thpc.NodeAgent.Host.Signatures;

/// <summary>Reads the data types of SSH (RFC 4251, section 5).</summary>
internal ref struct SshWireReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _left = bytes;

    public readonly bool IsAtEnd => _left.IsEmpty;

    /// <exception cref="FormatException">Fewer bytes are left.</exception>
    public ReadOnlySpan<byte> Bytes(int count)
    {
        if (count < 0 || count > _left.Length)
        {
            throw new SignatureException(Messages.TooShort);
        }

        var read = _left[..count];
        _left = _left[count..];
        return read;
    }

    public uint Number() => BinaryPrimitives.ReadUInt32BigEndian(Bytes(sizeof(uint)));

    public ReadOnlySpan<byte> String() => Bytes((int)Math.Min(Number(), int.MaxValue));

    public string Text() => Encoding.Latin1.GetString(String());

    /// <returns>A positive number, big-endian, without leading zeros.</returns>
    /// <exception cref="FormatException">The number is negative, zero, or not in its shortest form.</exception>
    public ReadOnlySpan<byte> Integer()
    {
        var read = String();
        if (read is [] or [>= 0x80, ..] or [0] or [0, < 0x80, ..])
        {
            throw new SignatureException(Messages.InvalidNumber);
        }

        return read[0] == 0 ? read[1..] : read;
    }

    public readonly void End()
    {
        if (!IsAtEnd)
        {
            throw new SignatureException(Messages.ExtraBytes);
        }
    }
}
