using Thpc.NodeAgent.Cos;

namespace Thpc.NodeAgent.Tests.Cos;

public sealed class CosKeyTests
{
    /// <summary>A key may be typed unencoded if it has no character with a meaning in a URI.</summary>
    [Theory]
    [InlineData("a+b.sh", "/a%2Bb.sh")]
    [InlineData("a%2Bb.sh", "/a%2Bb.sh")]
    [InlineData("a%20b", "/a%20b")]
    [InlineData("脚本.sh", "/%E8%84%9A%E6%9C%AC.sh")]
    [InlineData("a(1)*!'.sh", "/a%281%29%2A%21%27.sh")]
    [InlineData("a~b-c_d.e", "/a~b-c_d.e")]
    [InlineData("a%252Bb", "/a%252Bb")]
    public void Key_may_be_percent_encoded_or_not(string typed, string sent) =>
        Assert.Equal(sent, CosKey.Encoded(new Uri($"cos://{CosStandin.Host}/{typed}")));

    [Fact]
    public async Task Plus_is_sent_as_plus()
    {
        using var standin = await CosStandin.StartSignedAsync("id", "key", null);
        standin.Put("a+b c.sh", "#!/bin/sh\n"u8.ToArray());
        using var client = new CosClient(standin.Url);
        var start = await client.ReadStartAsync(
            CosStandin.Location("a+b%20c.sh"), new("id", "key", null, "test"), 9, TimeSpan.FromMinutes(1),
            TestContext.Current.CancellationToken);
        Assert.Equal("#!/bin/sh"u8.ToArray(), start);
        Assert.Equal("/a%2Bb%20c.sh", Assert.Single(standin.Requests()).Path);
    }
}
