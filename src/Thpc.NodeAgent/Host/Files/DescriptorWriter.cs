using System.Runtime.InteropServices;
using Thpc.NodeAgent.Host.Native;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>
/// Writes to an inherited file descriptor, at the position that it shares with other processes. Unlike .NET's console it sends no escape
/// sequences to a terminal; like it, it ignores that the reader of a pipe has gone.
/// </summary>
internal sealed class DescriptorWriter(int descriptor) : Stream
{
    private const int BrokenPipe = 32;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="IOException">For example, the disk of a redirected file is full.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            var written = NativeMethods.Write(descriptor, buffer, (nuint)buffer.Length);
            if (written >= 0)
            {
                buffer = buffer[(int)written..];
                continue;
            }

            switch (Marshal.GetLastPInvokeError())
            {
                case NativeMethods.ErrorInterrupted:
                    break;
                case NativeMethods.ErrorWouldBlock:
                    // Another process has made the descriptor non-blocking.
                    NativeMethods.WaitUntilWritable(descriptor);
                    break;
                case BrokenPipe:
                    return;
                case var error:
                    throw new IOException($"cannot write output: {Marshal.GetPInvokeErrorMessage(error)}", error);
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
        // Nothing is buffered.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
