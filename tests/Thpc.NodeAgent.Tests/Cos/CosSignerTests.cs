using Thpc.NodeAgent.Cos;

namespace Thpc.NodeAgent.Tests.Cos;

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
