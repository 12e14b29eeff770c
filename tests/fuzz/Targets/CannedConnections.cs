using System.Runtime.CompilerServices;

namespace Thpc.NodeAgent.Fuzz.Targets;

/// <summary>Connections of an HTTP client that never leave this process: each hears the next of the given bytes, then the end.</summary>
internal sealed class CannedConnections
{
    private readonly Queue<byte[]> _answers = new();
    private int _most = int.MaxValue;

    /// <summary>Puts them under a client of the agent's, whose handler stays as it is in everything else.</summary>
    public void Serve(HttpClient client)
    {
        var handler = (SocketsHttpHandler)HandlerOf(client);
        handler.ConnectCallback =
            (_, _) => ValueTask.FromResult<Stream>(new Connection(_answers.TryDequeue(out var answer) ? answer : [], _most));

        // What one input leaves unread must not be the beginning of the next one's answer.
        handler.PooledConnectionLifetime = TimeSpan.Zero;
        handler.UseProxy = false;
    }

    /// <param name="max">So many bytes at a time.</param>
    public void Next(int max, params ReadOnlySpan<byte[]> answers)
    {
        _answers.Clear();
        _most = max;
        foreach (var answer in answers)
        {
            _answers.Enqueue(answer);
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_handler")]
    private static extern ref HttpMessageHandler HandlerOf(HttpMessageInvoker invoker);

    private sealed class Connection(byte[] answer, int max) : Stream
    {
        private int _position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(Span<byte> buffer)
        {
            var count = Math.Min(Math.Min(max, buffer.Length), answer.Length - _position);
            answer.AsSpan(_position, count).CopyTo(buffer);
            _position += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(Read(buffer.Span));

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            Task.FromResult(Read(buffer.AsSpan(offset, count)));

        public override void Write(byte[] buffer, int offset, int count)
        {
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.CompletedTask;

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => Task.CompletedTask;

        public override void Flush()
        {
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
