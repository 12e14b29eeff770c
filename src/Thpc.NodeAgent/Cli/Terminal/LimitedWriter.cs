using System.Text;

namespace Thpc.NodeAgent.Cli;

/// <summary>Passes on so many bytes, then says once that more was dropped.</summary>
internal sealed class LimitedWriter(TextWriter inner, int maxBytes, bool json) : TextWriter
{
    private const string Last = "more was logged than fits; `thpc-node-agent status` has the whole";

    private readonly Lock _gate = new();
    private int _left = maxBytes;

    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => Write([value]);

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public override void Write(string? value) => Write(value.AsSpan());

    public override void Write(ReadOnlySpan<char> buffer)
    {
        lock (_gate)
        {
            if (_left < 0)
            {
                return;
            }

            _left -= Encoding.GetByteCount(buffer);
            inner.Write(_left < 0 ? json ? $"{{\"Message\":\"{Last}\"}}\n" : $"[{Last}]\n" : buffer);
            inner.Flush();
        }
    }
}
