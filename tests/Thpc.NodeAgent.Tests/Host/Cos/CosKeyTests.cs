using System.Diagnostics;
using System.Text.Json;
using CsCheck;
using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Tests.Support;

namespace Thpc.NodeAgent.Tests.Host.Cos;

/// <summary>Compares encoded keys with the URLs of the vendor's SDK.</summary>
public sealed class CosKeyTests
{
    private const string Odd = " !\"#$%&'()*+,-./:;<=>?@[]^_`{|}~\u007f\u00e9\u00fc中文脚本😀ABCabc019";

    private static readonly Gen<string> Key =
        Gen.OneOf([.. Odd.EnumerateRunes().Select(rune => rune.ToString())]).Array[1, 12].Select(string.Concat)
        .Where(key => key.Split('/').All(part => part is not ("." or "..")) && !key.StartsWith('/'));

    [Fact]
    public async Task Keys_are_encoded_like_the_vendors_SDK()
    {
        var generated = new List<string>();
        Key.Sample(key => { lock (generated) { generated.Add(key); } }, iter: 200, seed: "0000KeySeed1", threads: 1);
        string[] keys =
            ["a+b.sh", "a b.sh", "a%2Bb", "初始化/脚本 (1).sh", "a//b", "%", "+", "~", "*", "a/b/", "é", "😀.sh", "a#b?c=d&e", .. generated];
        var start = new ProcessStartInfo("node", [Path.Combine(Agent.Repository, "tests/vendor-sdk/urls.js")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using var vendor = Process.Start(start)!;
        var urls = vendor.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        foreach (var key in keys)
        {
            await vendor.StandardInput.WriteLineAsync(JsonSerializer.Serialize(key));
        }

        vendor.StandardInput.Close();
        Assert.Equal((await urls).Split('\n', StringSplitOptions.RemoveEmptyEntries), keys.Select(Sent));
    }

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

    /// <summary>The requested URL for a key of the bucket.</summary>
    private static string Sent(string key)
    {
        var location = new Uri($"cos://{CosStandin.Host}/{Uri.EscapeDataString(key).Replace("%2F", "/", StringComparison.Ordinal)}");
        using var request = new CosRequestFactory(null).Create(HttpMethod.Get, location, CosStandin.Host, null);
        return request.RequestUri!.OriginalString;
    }
}
