using System.Text;
using CsCheck;
using Thpc.NodeAgent.Cos;

namespace Thpc.NodeAgent.Tests.Cos;

public sealed class CosChecksumTests
{
    // The first is the check value of CRC-64/XZ; the last is the header of COS for that text.
    [Theory]
    [InlineData("123456789", 11051210869376104954)]
    [InlineData("", 0)]
    [InlineData("hello", 11177612005948864433)]
    public void Checksum_is_the_one_that_COS_sends(string text, ulong expected) =>
        Assert.Equal(expected, Checksum(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void Checksum_does_not_depend_on_how_the_bytes_are_cut() =>
        Gen.Select(Gen.Byte.Array[0, 300], Gen.Int[0, 300].Array[0, 5]).Sample((bytes, cuts) =>
        {
            var crc = CosChecksum.Create();
            var from = 0;
            foreach (var to in cuts.Select(at => Math.Min(at, bytes.Length)).Append(bytes.Length).Order())
            {
                crc.Append(bytes.AsSpan(from, to - from));
                from = to;
            }

            return crc.GetCurrentHashAsUInt64() == Checksum(bytes);
        });

    private static ulong Checksum(byte[] bytes)
    {
        var crc = CosChecksum.Create();
        crc.Append(bytes);
        return crc.GetCurrentHashAsUInt64();
    }
}
