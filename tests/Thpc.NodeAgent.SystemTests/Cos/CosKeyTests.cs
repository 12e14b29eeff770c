using System.Diagnostics;
using System.Text.Json;
using CsCheck;
using Thpc.NodeAgent.Cos;

namespace Thpc.NodeAgent.SystemTests.Cos;

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
        var start = new ProcessStartInfo("node", [Path.Combine(Repository.Root, "tests/vendor-sdk/urls.js")])
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

    /// <summary>The requested URL for a key of the bucket.</summary>
    private static string Sent(string key)
    {
        var location = new Uri($"cos://{CosStandin.Host}/{Uri.EscapeDataString(key).Replace("%2F", "/", StringComparison.Ordinal)}");
        using var request = new CosRequestFactory(null).Create(HttpMethod.Get, location, CosStandin.Host, null);
        return request.RequestUri!.OriginalString;
    }
}
