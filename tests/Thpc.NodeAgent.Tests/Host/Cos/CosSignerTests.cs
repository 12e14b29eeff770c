using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using CsCheck;
using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Tests.Support;

namespace Thpc.NodeAgent.Tests.Host.Cos;

public sealed class CosSignerTests
{
    private static readonly CosCredential Published =
        new("AKIDQjz3ltompVjBni5LitkWHFlFpwkn9U5q", "BQYIM75p8x0iWVFSIgqEKwFprpRSVHlz", null, "test");

    [Fact]
    public void Signature_equals_the_published_download_example() =>
        AssertSignature(
            "01681b8c9d798a678e43b685a9f1bba0f6c0e012",
            Published,
            "GET",
            "/exampleobject(腾讯云)",
            [new("response-content-type", "application/octet-stream"), new("response-cache-control", "max-age=600")],
            [new("Date", "Thu, 16 May 2019 06:55:53 GMT"), new("Host", "examplebucket-1250000000.cos.ap-beijing.myqcloud.com")],
            1557989753,
            1557996953,
            "q-header-list=date;host&q-url-param-list=response-cache-control;response-content-type&");

    [Fact]
    public void Signature_equals_the_published_upload_example() =>
        AssertSignature(
            "3b8851a11a569213c17ba8fa7dcf2abec6935172",
            Published,
            "PUT",
            "/exampleobject(腾讯云)",
            [],
            [
                new("Date", "Thu, 16 May 2019 06:45:51 GMT"), new("Content-Type", "text/plain"), new("Content-Length", "13"),
                new("Content-MD5", "mQ/fVh815F3k6TAUm8m0eg=="),
                new("x-cos-acl", "private"), new("x-cos-grant-read", "uin=\"100000000011\""),
                new("Host", "examplebucket-1250000000.cos.ap-beijing.myqcloud.com"),
            ],
            1557989151,
            1557996351,
            "q-header-list=content-length;content-md5;content-type;date;host;x-cos-acl;x-cos-grant-read&q-url-param-list=&");

    [Fact]
    public void Signature_equals_the_published_example_with_metadata_headers() =>
        AssertSignature(
            "ce4ac0ecbcdb30538b3fee0a97cc6389694ce53a",
            new CosCredential("QmFzZTY0IGlzIGEgZ2VuZXJp", "AKIDZfbOA78asKUYBcXFrJD0a1ICvR98JM", null, "test"),
            "PUT",
            "/testfile2",
            [],
            [new("host", "testbucket-125000000.cos.ap-guangzhou.myqcloud.com"),
                new("x-cos-content-sha1", "db8ac1c259eb89d4a131b253bacfca5f319d54f2"), new("x-cos-stroage-class", "nearline")],
            1480932292,
            1481012292,
            "q-ak=QmFzZTY0IGlzIGEgZ2VuZXJp&q-sign-time=1480932292;1481012292&q-key-time=1480932292;1481012292&");

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
            "node", [Path.Combine(Agent.Repository, "tests/vendor-sdk/sign.js")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;

    private static void AssertSignature(
        string signature,
        CosCredential credential,
        string method,
        string path,
        IReadOnlyList<KeyValuePair<string, string>> parameters,
        IReadOnlyList<KeyValuePair<string, string>> headers,
        long start,
        long end,
        string part)
    {
        var authorization = Sign(credential, method, path, parameters, headers, start, end);
        Assert.StartsWith("q-sign-algorithm=sha1&q-ak=" + credential.SecretId, authorization, StringComparison.Ordinal);
        Assert.Contains(part, authorization, StringComparison.Ordinal);
        Assert.EndsWith("&q-signature=" + signature, authorization, StringComparison.Ordinal);
    }

    private static string Sign(
        CosCredential credential, string method, string path, IEnumerable<KeyValuePair<string, string>> parameters,
        IEnumerable<KeyValuePair<string, string>> headers, long start, long end) =>
        CosSigner.Sign(
            credential, method, path, parameters, headers, DateTimeOffset.FromUnixTimeSeconds(start),
            DateTimeOffset.FromUnixTimeSeconds(end));
}
