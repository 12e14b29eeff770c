using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using CsCheck;
using Thpc.NodeAgent.Cos;

namespace Thpc.NodeAgent.SystemTests.Cos;

public sealed class CosSignerTests
{
    [Fact]
    public void Signature_equals_that_of_the_vendors_SDK()
    {
        Needs.Program("node");
        using var vendor = Vendor();
        Request.Sample(
            request =>
            {
                vendor.StandardInput.WriteLine(JsonSerializer.Serialize(new
                {
                    secretId = request.Id,
                    secretKey = request.Key,
                    method = request.Method,
                    pathname = request.Path,
                    query = new Dictionary<string, string>(request.Parameters),
                    headers = new Dictionary<string, string>(request.Headers),
                    keyTime = string.Create(CultureInfo.InvariantCulture, $"{request.Start};{request.Start + request.Length}"),
                }));
                vendor.StandardInput.Flush();
                Assert.Equal(
                    vendor.StandardOutput.ReadLine(),
                    Sign(new CosCredential(request.Id, request.Key, null, "test"), request.Method, request.Path, request.Parameters,
                        request.Headers, request.Start, request.Start + request.Length));
            },
            iter: 400,
            threads: 1,
            print: request => JsonSerializer.Serialize(request));
    }

    // The characters of keys and values: all special ones of URL encoding, spaces, and letters of one to four bytes.
    private static readonly Gen<string> Odd = Gen.OneOf(
        Gen.Char[' ', '~'].Select(c => c.ToString()),
        Gen.OneOf("腾", "é", "Ж", "😀", "%41", "+", "%", "!'()*", "-_.~", "\t", "\u007f", "İ", "ß"),
        Gen.Char.AlphaNumeric.Select(c => c.ToString())).List[0, 12].Select(parts => string.Concat(parts));

    // For other characters the SDK sorts by the unencoded name, which contradicts its own list (see sign.js).
    private static readonly Gen<string> Name =
        Gen.OneOf(Gen.Char.AlphaNumeric, Gen.OneOf('-', '_', '.', '~')).Array[1, 10].Select(chars => new string(chars));

    private sealed record Sent(
        string Id, string Key, string Method, string Path, IReadOnlyList<KeyValuePair<string, string>> Parameters,
        IReadOnlyList<KeyValuePair<string, string>> Headers, long Start, long Length);

    private static readonly Gen<Sent> Request =
        from id in Gen.String.AlphaNumeric.Where(text => text.Length > 0)
        from key in Odd.Where(text => text.Length > 0)
        from method in Gen.OneOf("GET", "HEAD", "PUT", "get", "Delete")
        from path in Odd
        from parameters in Gen.Select(Name, Odd).List[0, 5]
        from headers in Gen.Select(Name, Odd).List[0, 4]
        from host in Odd
        from start in Gen.Long[1_000_000_000, 2_000_000_000]
        from length in Gen.Long[1, 10_000]
        select new Sent(
            id, key, method, "/" + path, Pairs(parameters, ""), [.. Pairs(headers, "x-cos-"), new("host", host)], start, length);

    // To COS, names that differ only in case are the same; the SDK signs both.
    private static IReadOnlyList<KeyValuePair<string, string>> Pairs(IEnumerable<(string Name, string Value)> pairs, string prefix) =>
        [.. pairs.DistinctBy(pair => pair.Name, StringComparer.OrdinalIgnoreCase)
            .Select(pair => new KeyValuePair<string, string>(prefix + pair.Name, pair.Value))];

    private static Process Vendor() =>
        Process.Start(new ProcessStartInfo(
            "node", [Path.Combine(Repository.Root, "tests/vendor-sdk/sign.js")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;

    private static string Sign(
        CosCredential credential, string method, string path, IEnumerable<KeyValuePair<string, string>> parameters,
        IEnumerable<KeyValuePair<string, string>> headers, long start, long end) =>
        CosSigner.Sign(
            credential, method, path, parameters, headers, DateTimeOffset.FromUnixTimeSeconds(start),
            DateTimeOffset.FromUnixTimeSeconds(end));
}
