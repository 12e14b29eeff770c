namespace Thpc.NodeAgent.Text;

/// <summary>Keeps the first and the last bytes of a stream of any length in bounded memory.</summary>
internal sealed class HeadTailBuffer(int headSize, int tailSize)
{
    private readonly byte[] _head = new byte[headSize];
    private readonly byte[] _ring = new byte[tailSize];
    private int _headLength;
    private long _rest;

    /// <summary>Number of bytes dropped between head and tail.</summary>
    public long Dropped => Math.Max(0, _rest - tailSize);

    public void Add(ReadOnlySpan<byte> bytes)
    {
        var toHead = Math.Min(bytes.Length, headSize - _headLength);
        bytes[..toHead].CopyTo(_head.AsSpan(_headLength));
        _headLength += toHead;
        bytes = bytes[toHead..];
        if (bytes.Length > tailSize)
        {
            _rest += bytes.Length - tailSize;
            bytes = bytes[^tailSize..];
        }

        while (bytes.Length > 0)
        {
            var at = (int)(_rest % tailSize);
            var count = Math.Min(bytes.Length, tailSize - at);
            bytes[..count].CopyTo(_ring.AsSpan(at));
            _rest += count;
            bytes = bytes[count..];
        }
    }

    /// <summary>Returns the head, a line with the number of dropped bytes if there are any, and the tail.</summary>
    public byte[] ToArray()
    {
        using var all = new MemoryStream();
        all.Write(_head.AsSpan(0, _headLength));
        if (Dropped > 0)
        {
            all.Write(DroppedLine(Dropped));
            var at = (int)(_rest % tailSize);
            all.Write(_ring.AsSpan(at));
            all.Write(_ring.AsSpan(0, at));
        }
        else
        {
            all.Write(_ring.AsSpan(0, (int)_rest));
        }

        return all.ToArray();
    }

    public static byte[] DroppedLine(long count) => System.Text.Encoding.ASCII.GetBytes($"\n[... {count} bytes dropped ...]\n");
}
