using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Thpc.NodeAgent.Cos;

/// <summary>Signs COS requests, version 5 (COS document "Request Signature").</summary>
internal static class CosSigner
{
    /// <param name="path">The decoded path, with its leading slash.</param>
    /// <param name="parameters">Names and values of the query, decoded.</param>
    /// <param name="headers">The headers to sign: always host, and every x-cos-*.</param>
    /// <param name="start">When the signature becomes valid.</param>
    /// <param name="end">When the signature expires.</param>
    /// <returns>The value of the header Authorization.</returns>
    public static string Sign(
        CosCredential credential,
        string method,
        string path,
        IEnumerable<KeyValuePair<string, string>> parameters,
        IEnumerable<KeyValuePair<string, string>> headers,
        DateTimeOffset start,
        DateTimeOffset end)
    {
        var keyTime = string.Create(CultureInfo.InvariantCulture, $"{start.ToUnixTimeSeconds()};{end.ToUnixTimeSeconds()}");
        var signKey = Hmac(credential.SecretKey, keyTime);
        var (parameterText, parameterNames) = Canonical(parameters);
        var (headerText, headerNames) = Canonical(headers);
        var request = $"{Lower(method)}\n{path}\n{parameterText}\n{headerText}\n";
        var signature = Hmac(signKey, $"sha1\n{keyTime}\n{Sha1(request)}\n");
        return $"q-sign-algorithm=sha1&q-ak={credential.SecretId}&q-sign-time={keyTime}&q-key-time={keyTime}"
            + $"&q-header-list={headerNames}&q-url-param-list={parameterNames}&q-signature={signature}";
    }

    private static (string Text, string Names) Canonical(IEnumerable<KeyValuePair<string, string>> pairs)
    {
        var sorted = pairs
            .Select(pair => (Name: Lower(Uri.EscapeDataString(pair.Key)), Value: Uri.EscapeDataString(pair.Value)))
            .OrderBy(pair => pair.Name, StringComparer.Ordinal)
            .ToList();
        return (string.Join('&', sorted.Select(pair => $"{pair.Name}={pair.Value}")), string.Join(';', sorted.Select(pair => pair.Name)));
    }

    [SuppressMessage("Globalization", "CA1308", Justification = "The signature is defined over lower case.")]
    private static string Lower(string text) => text.ToLowerInvariant();

    [SuppressMessage("Security", "CA5350", Justification = "HMAC-SHA1 is what COS defines.")]
    private static string Hmac(string key, string text) =>
        Convert.ToHexStringLower(HMACSHA1.HashData(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(text)));

    [SuppressMessage("Security", "CA5350", Justification = "SHA1 is what COS defines.")]
    private static string Sha1(string text) => Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(text)));
}
