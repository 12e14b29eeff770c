using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Cos;

/// <summary>Creates requests for objects: target, encoded key, signature.</summary>
/// <param name="endpoint">A private gateway to connect to. The Host header names the bucket's host anyway.</param>
internal sealed class CosRequestFactory(Uri? endpoint)
{
    // Smaller differences do not matter: a signature is valid for 30 minutes. The vendor's SDKs use the same threshold.
    private static readonly TimeSpan MinSkew = TimeSpan.FromSeconds(30);

    private static readonly HttpRequestOptionsKey<LocalizedText> SignerKey = new("signer");

    private TimeSpan _skew;

    /// <returns>How the request was signed, for a message; null for https:// locations, which are never signed.</returns>
    public static LocalizedText? Signer(HttpRequestMessage? request) =>
        request is not null && request.Options.TryGetValue(SignerKey, out var signer) ? signer : null;

    public static bool IsSigned(HttpRequestMessage? request) => request?.Headers.Contains("Authorization") == true;

    /// <returns>The request for messages: without the query, which may carry a signature, and with the proxy in use.</returns>
    public LocalizedText Describe(HttpMethod method, Uri location, string host)
    {
        var place = location.Scheme == "cos" ? host : location.Authority;
        var request = $"{method} {location.Scheme}://{place}{location.AbsolutePath}";
        return HttpClient.DefaultProxy.GetProxy(Target(location, host)) is { } proxy
            ? Messages.ThroughProxy(request, proxy.Authority)
            : request;
    }

    /// <param name="location">cos:// (signed unless there is no credential) or https:// (never signed).</param>
    /// <param name="host">The bucket's host, or its backup domain.</param>
    public HttpRequestMessage Create(HttpMethod method, Uri location, string host, CosCredential? credential)
    {
        var request = new HttpRequestMessage(method, Target(location, host));
        request.Headers.Host = endpoint is null ? request.RequestUri!.Authority : host;
        if (location.Scheme == "cos")
        {
            request.Options.Set(SignerKey, credential is null ? Messages.NotSigned : Messages.SignedBy(credential.Description));
            if (credential is not null)
            {
                Sign(request, CosKey.Decoded(location), credential);
            }
        }

        return request;
    }

    /// <summary>Signs all later requests with the server's time.</summary>
    /// <param name="serverTime">Null if the server did not send it.</param>
    /// <returns>Whether the time changed. True at most once.</returns>
    public bool CorrectClock(DateTimeOffset? serverTime, Action<string> note)
    {
        var skew = serverTime - DateTimeOffset.UtcNow;
        if (skew is not { } found || _skew != TimeSpan.Zero || found.Duration() < MinSkew)
        {
            return false;
        }

        _skew = found;
        var direction = found > TimeSpan.Zero ? "behind" : "ahead of";
        var seconds = found.Duration().TotalSeconds;
        note($"warning: this node's clock is {seconds:0} s {direction} the server's: signing requests with the server's time");
        return true;
    }

    private Uri Target(Uri location, string host)
    {
        if (location.Scheme != "cos")
        {
            return location;
        }

        // Without canonicalization, so that the server receives the key exactly as encoded.
        var asIs = new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true };
        return new Uri($"{endpoint?.GetLeftPart(UriPartial.Authority) ?? $"https://{host}"}{CosKey.Encoded(location)}", asIs);
    }

    private void Sign(HttpRequestMessage request, string path, CosCredential credential)
    {
        List<KeyValuePair<string, string>> headers = [new("host", request.Headers.Host!)];
        if (credential.Token is { } token)
        {
            request.Headers.Add("x-cos-security-token", token);
            headers.Add(new("x-cos-security-token", token));
        }

        // Valid from one minute ago: the node's clock may be slightly ahead of the server's.
        var now = DateTimeOffset.UtcNow + _skew;
        var authorization = CosSigner.Sign(credential, request.Method.Method, path, [], headers, now.AddMinutes(-1), now.AddMinutes(30));
        request.Headers.TryAddWithoutValidation("Authorization", authorization);
    }
}
