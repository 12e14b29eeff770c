using System.Text;
using CsCheck;
using Thpc.NodeAgent.Cos;

namespace Thpc.NodeAgent.Tests.Host.Cos;

public sealed class Crc64Tests
{
    [Theory]
    [InlineData("123456789", 11051210869376104954)]
    [InlineData("", 0)]
    [InlineData("hello", 11177612005948864433)]
    public void It_is_the_checksum_that_COS_sends(string text, ulong expected)
    {
        var crc = new Crc64();
        crc.Add(Encoding.ASCII.GetBytes(text));
        Assert.Equal(expected, crc.Value);
    }

    [Fact]
    public void However_the_bytes_are_cut_the_value_is_the_same() =>
        Gen.Select(Gen.Byte.Array[0, 300], Gen.Int[0, 300].Array[0, 5]).Sample((bytes, cuts) =>
        {
            var whole = new Crc64();
            whole.Add(bytes);
            var cut = new Crc64();
            var from = 0;
            foreach (var to in cuts.Select(at => Math.Min(at, bytes.Length)).Append(bytes.Length).Order())
            {
                cut.Add(bytes.AsSpan(from, to - from));
                from = to;
            }

            return cut.Value == whole.Value;
        });

    [Fact]
    public void A_byte_at_a_time_gives_what_all_at_once_gives() =>
        Gen.Byte.Array[0, 300].Sample(bytes =>
        {
            var whole = new Crc64();
            whole.Add(bytes);
            var bytewise = new Crc64();
            foreach (var b in bytes)
            {
                bytewise.Add([b]);
            }

            return bytewise.Value == whole.Value;
        });

    [Fact]
    public void Any_single_flipped_bit_changes_it() =>
        Gen.Select(Gen.Byte.Array[1, 200], Gen.Int[0, 1599]).Sample((bytes, bit) =>
        {
            var before = new Crc64();
            before.Add(bytes);
            bytes[bit / 8 % bytes.Length] ^= (byte)(1 << (bit % 8));
            var after = new Crc64();
            after.Add(bytes);
            return before.Value != after.Value;
        });
}
