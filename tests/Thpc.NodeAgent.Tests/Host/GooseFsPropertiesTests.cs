using CsCheck;
using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Tests.Host;

public sealed class GooseFsPropertiesTests
{
    private static readonly Gen<string> Line = Gen.Frequency(
        (2, Pick(
            "# a comment\n", "! another\n", "\n", "  \n", "goosefs.user.block.size=64MB\n", "fs.cosn.userinfo.secretKey = s3cret\n",
            "goosefs.master.hostnames=x\r\n")),
        (1, Pick(
            "goosefs.master.hostname=old\n", "goosefs.master.rpc.port : 9200\n", "  goosefs.master.rpc.addresses a:9200\n",
            "goosefs.master.embedded.journal.addresses\n", "#goosefs.master.hostname=no\n")));

    private static readonly Gen<string> Texts = Line.Array[0, 8].Select(lines => string.Concat(lines));

    private static readonly Gen<string[]> Masters = Gen.OneOf(
        Pick("10.0.0.1:9200", "m.example:19998", "[fe80::1]:9200").Select(one => (string[])[one]),
        Gen.Int[1, 9].Array[2, 4].Select(numbers => Array.ConvertAll(numbers, number => $"10.0.0.{number}:9200")),
        Gen.Int[1, 9].Array[2, 4].Select(numbers => Array.ConvertAll(numbers, number => $"10.0.0.{number}:9202")));

    [Theory]
    [InlineData("10.0.0.1:9200", "goosefs.master.hostname=10.0.0.1\ngoosefs.master.rpc.port=9200\n")]
    [InlineData("[fe80::1]:19998", "goosefs.master.hostname=[fe80::1]\ngoosefs.master.rpc.port=19998\n")]
    [InlineData("a:9200 b:9200 c:9200", "goosefs.master.rpc.addresses=a:9200,b:9200,c:9200\n")]
    [InlineData("a:9202 b:9202", "goosefs.master.embedded.journal.addresses=a:9202,b:9202\n")]
    public void Masters_are_written_by_number_and_port(string masters, string expected) =>
        Assert.Equal(expected, GooseFsProperties.With("", masters.Split(' ')));

    [Fact]
    public void Earlier_masters_are_replaced_and_other_lines_stay() =>
        Assert.Equal(
            "# mine\nfs.cosn.userinfo.secretKey=x\nno end\ngoosefs.master.rpc.addresses=a:9200,b:9200\n",
            GooseFsProperties.With(
                "# mine\ngoosefs.master.hostname = old\nfs.cosn.userinfo.secretKey=x\ngoosefs.master.rpc.port:9200\nno end",
                ["a:9200", "b:9200"]));

    [Fact]
    public void Correct_text_is_unchanged()
    {
        const string Text = "goosefs.master.rpc.addresses = a:9200,b:9200\n# below\n";
        Assert.Same(Text, GooseFsProperties.With(Text, ["a:9200", "b:9200"]));
    }

    [Fact]
    public void Other_lines_keep_their_order_and_the_edit_is_idempotent() =>
        Gen.Select(Texts, Masters).Sample((text, masters) =>
        {
            var once = GooseFsProperties.With(text, masters);
            Assert.Equal(once, GooseFsProperties.With(once, masters));
            Assert.Equal(Others(text), Others(once));
        });

    private static IEnumerable<string> Others(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Where(line =>
            line.Trim() is var trimmed
                && !(trimmed.StartsWith("goosefs.master.", StringComparison.Ordinal)
                    && trimmed.Split('=', ':', ' ')[0] is not "goosefs.master.hostnames"));

    private static Gen<string> Pick(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(index => texts[index]);
}
