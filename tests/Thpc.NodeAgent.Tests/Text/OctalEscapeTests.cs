using CsCheck;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Tests.Text;

public sealed class OctalEscapeTests
{
    [Theory]
    [InlineData("/a\\040b", "/a b")]
    [InlineData("\\134040", "\\040")]
    [InlineData("\\377", "\xFF")]
    [InlineData("\\777", "\xFF")]
    [InlineData("\\04", "\\04")]
    [InlineData("\\08x", "\\08x")]
    [InlineData("\\", "\\")]
    [InlineData("a\\\\040", "a\\ ")]
    public void Three_octal_digits_decode_to_a_byte(string text, string decoded) => Assert.Equal(decoded, OctalEscape.Decode(text));

    private static readonly Gen<string> ByteText = Gen.String[Gen.Char['\0', '\xFF'], 0, 30];

    [Fact]
    public void Encoded_text_is_one_field_and_decodes_to_itself() =>
        ByteText.Sample(text =>
        {
            var field = OctalEscape.Encode(text);
            Assert.DoesNotContain(field, c => c is ' ' or '\t' or '\n');
            Assert.Equal(text, OctalEscape.Decode(field));
        });

    [Fact]
    public void Bytes_round_trip_through_text() =>
        ByteText.Sample(bytes => Assert.Equal(bytes, OctalEscape.ToBytes(OctalEscape.FromBytes(bytes))));

    [Fact]
    public void Text_round_trips_through_bytes() =>
        Gen.String[Gen.Char["aé数\uFFFD\u00A0/ \\"], 0, 20]
            .Sample(text => Assert.Equal(text, OctalEscape.FromBytes(OctalEscape.ToBytes(text))));

    [Fact]
    public void Invalid_UTF8_never_equals_typed_text() =>
        Assert.NotEqual("/é", OctalEscape.FromBytes("/\xE9"));
}
