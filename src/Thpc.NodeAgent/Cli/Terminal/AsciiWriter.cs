using System.Text;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Cli;

/// <summary>Writes only ASCII.</summary>
internal sealed class AsciiWriter(TextWriter inner) : TextWriter
{
    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => Write([value]);

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public override void Write(string? value) => Write(value.AsSpan());

    public override void Write(ReadOnlySpan<char> buffer) => inner.Write(AsciiText.From(buffer));

    public override void Flush() => inner.Flush();
}
