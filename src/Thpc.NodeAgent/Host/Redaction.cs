using System.Text.RegularExpressions;

namespace Thpc.NodeAgent.Host;

/// <summary>
/// Takes out of a text what lets somebody in: secrets that are known by their value, and what looks like one by its name or its form.
/// Rather too much than too little; what else a script prints on its own account nobody can know.
/// </summary>
/// <param name="secrets">Known values; short ones are no secrets and would tear other words apart.</param>
internal sealed partial class Redaction(IEnumerable<string> secrets)
{
    public const string Mark = "[redacted]";
    private const int ShortestSecret = 6;

    // The longest first: one may be the beginning of another.
    private readonly string[] _secrets = [.. secrets.Where(secret => secret.Length >= ShortestSecret).Distinct().OrderByDescending(secret => secret.Length)];

    public string Apply(string text)
    {
        foreach (var secret in _secrets)
        {
            text = text.Replace(secret, Mark, StringComparison.Ordinal);
        }

        text = PrivateKeyPattern().Replace(text, Mark);
        text = HeaderPattern().Replace(text, $"${{name}}{Mark}");
        text = NamedPattern().Replace(text, $"${{name}}{Mark}");
        text = QueryPattern().Replace(text, $"${{url}}?{Mark}");
        text = UserPattern().Replace(text, $"${{scheme}}{Mark}@");
        return KeyIdPattern().Replace(text, Mark);
    }

    // RFC 7468; one that is cut off by the end of the text too.
    [GeneratedRegex(@"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(-----END [A-Z0-9 ]*PRIVATE KEY-----|\z)", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex PrivateKeyPattern();

    [GeneratedRegex(@"(?<name>\b(proxy-)?authorization[""']?\s*[:=]\s*)[^\r\n]+", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    private static partial Regex HeaderPattern();

    // secret_key = "…", "SecretKey": "…", TOKEN=…, --password …, q-signature=…, x-cos-security-token: …
    [GeneratedRegex(@"(?<name>[\w-]*(secret|passwd|password|passphrase|token|signature|api[_-]?key|access[_-]?key|private[_-]?key|credential|q-ak)[\w-]*[""']?\s*(=>|[:=]|\s)\s*)(""""""(.|\n)*?(""""""|\z)|'''(.|\n)*?('''|\z)|""(\\.|[^""\\\r\n])*(""|$)|'[^'\r\n]*('|$)|[^\s""',;&]+)", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.Multiline)]
    private static partial Regex NamedPattern();

    [GeneratedRegex(@"(?<url>\b[a-z][a-z0-9+.-]*://[^\s""'?#<>]*)\?[^\s""'<>]+", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    private static partial Regex QueryPattern();

    [GeneratedRegex(@"(?<scheme>\b[a-z][a-z0-9+.-]*://)[^\s/@""'<>]+@", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    private static partial Regex UserPattern();

    // The vendor's ids of keys.
    [GeneratedRegex(@"\bAKID[A-Za-z0-9_-]{8,}", RegexOptions.ExplicitCapture)]
    private static partial Regex KeyIdPattern();
}
