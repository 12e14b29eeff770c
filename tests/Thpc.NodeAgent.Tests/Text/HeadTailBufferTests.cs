using CsCheck;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Tests.Text;

public sealed class HeadTailBufferTests
{
    /// <summary>Pieces of output, and buffers that are smaller or larger.</summary>
    internal static readonly Gen<(byte[][] Pieces, int Head, int Tail)> Streams =
        Gen.Select(Gen.Byte.Array[0, 60].Array[0, 12], Gen.Int[0, 40], Gen.Int[1, 80]);

    [Fact]
    public void Head_and_tail_stay_and_the_number_between_is_named() =>
        Streams.Sample(stream =>
        {
            var kept = new HeadTailBuffer(stream.Head, stream.Tail);
            Array.ForEach(stream.Pieces, piece => kept.Add(piece));
            Assert.Equal(Expected(stream.Pieces, stream.Head, stream.Tail), kept.ToArray());
            Assert.Equal(Math.Max(0, stream.Pieces.Sum(piece => piece.Length) - stream.Head - stream.Tail), kept.Dropped);
        });

    [Fact]
    public void The_dropped_bytes_are_named_in_a_line_of_their_own()
    {
        var kept = new HeadTailBuffer(2, 3);
        kept.Add("abcdefgh"u8);
        Assert.Equal("ab\n[... 3 bytes dropped ...]\nfgh"u8.ToArray(), kept.ToArray());
    }

    internal static byte[] Expected(byte[][] pieces, int head, int tail)
    {
        byte[] all = [.. pieces.SelectMany(piece => piece)];
        return all.Length <= head + tail
            ? all
            : [.. all[..head], .. System.Text.Encoding.ASCII.GetBytes($"\n[... {all.Length - head - tail} bytes dropped ...]\n"),
                .. all[^tail..]];
    }
}
