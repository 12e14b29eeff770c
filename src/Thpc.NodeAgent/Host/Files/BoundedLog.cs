using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>
/// A log file of bounded size that always shows the newest output: a fixed head, followed by a ring of the latest bytes.
/// <see cref="Complete"/> puts the ring in order and adds a line with the number of dropped bytes.
/// </summary>
internal sealed class BoundedLog : IDisposable
{
    public const int HeadBytes = 1 << 20;
    private readonly FileStream _file;
    private readonly int _headSize;
    private readonly int _ringSize;
    private long _written;

    public BoundedLog(string path, int headSize = HeadBytes, int ringSize = 1 << 20)
        : this(AtomicFile.Create(path), headSize, ringSize)
    {
    }

    private BoundedLog(FileStream file, int headSize, int ringSize)
    {
        _headSize = headSize;
        _ringSize = ringSize;
        _file = file;
    }

    /// <summary>Continues a log whose head another program has written.</summary>
    public static BoundedLog Continue(string path, int headSize = HeadBytes, int ringSize = 1 << 20) =>
        new(new FileStream(path, FileMode.Open, FileAccess.ReadWrite), headSize, ringSize) { _written = headSize };

    /// <exception cref="IOException">Such as a full disk.</exception>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var inHead = _written < _headSize;
            var at = inHead ? _written : _headSize + ((_written - _headSize) % _ringSize);
            var room = inHead ? _headSize - _written : _headSize + _ringSize - at;
            var count = (int)Math.Min(bytes.Length, room);
            RandomAccess.Write(_file.SafeFileHandle, bytes[..count], at);
            _written += count;
            bytes = bytes[count..];
        }
    }

    /// <summary>Call after the last byte. The file then has head, a line with the number of dropped bytes, tail.</summary>
    public void Complete()
    {
        var dropped = _written - _headSize - _ringSize;
        if (dropped <= 0)
        {
            return;
        }

        var ring = new byte[_ringSize];
        RandomAccess.Read(_file.SafeFileHandle, ring, _headSize);
        var start = (int)((_written - _headSize) % _ringSize);
        var line = HeadTailBuffer.DroppedLine(dropped);
        RandomAccess.Write(_file.SafeFileHandle, line, _headSize);
        RandomAccess.Write(_file.SafeFileHandle, ring.AsSpan(start), _headSize + line.Length);
        RandomAccess.Write(_file.SafeFileHandle, ring.AsSpan(0, start), _headSize + line.Length + _ringSize - start);
    }

    public void Dispose() => _file.Dispose();
}
