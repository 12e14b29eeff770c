using System.Text;

namespace Thpc.NodeAgent.Cli;

/// <summary>Writes at most a number of bytes, then one line about the omission.</summary>
internal sealed class LimitedWriter(TextWriter inner, int maxBytes, bool json) : TextWriter
{
    private const string Last = "further log lines omitted; `thpc-node-agent status` shows the whole run";

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
