namespace Thpc.NodeAgent.Cos;

/// <summary>Makes requests for objects: where they go, how their keys are written, and how they are signed.</summary>
/// <param name="endpoint">A private gateway that is connected to instead of the bucket's own host; the request still names that host.</param>
internal sealed class CosRequestFactory(Uri? endpoint)
{
    // A signature holds for half an hour; the vendor's SDKs correct their clock from this difference on.
    private static readonly TimeSpan MinSkew = TimeSpan.FromSeconds(30);

    private static readonly HttpRequestOptionsKey<string> SignerKey = new("signer");

    private TimeSpan _skew;

    /// <summary>How a request was signed, for a message; null where its place takes no signature.</summary>
    public static string? Signer(HttpRequestMessage? request) =>
        request is not null && request.Options.TryGetValue(SignerKey, out var signer) ? signer : null;

    public static bool IsSigned(HttpRequestMessage? request) => request?.Headers.Contains("Authorization") == true;

    /// <summary>For messages: without the query, which may carry a signature, and with the proxy that is asked.</summary>
    public string Describe(HttpMethod method, Uri location, string host)
    {
        var place = location.Scheme == "cos" ? host : location.Authority;
        var proxy = HttpClient.DefaultProxy.GetProxy(Target(location, host)) is { } uri ? $" through the proxy {uri.Authority}" : "";
        return $"{method} {location.Scheme}://{place}{location.AbsolutePath}{proxy}";
    }

    /// <param name="location">cos:// (signed unless there is no credential) or https:// (never signed).</param>
    /// <param name="host">The bucket's, or its backup.</param>
    public HttpRequestMessage Create(HttpMethod method, Uri location, string host, CosCredential? credential)
    {
        var request = new HttpRequestMessage(method, Target(location, host));
        request.Headers.Host = endpoint is null ? request.RequestUri!.Authority : host;
        if (location.Scheme == "cos")
        {
            request.Options.Set(SignerKey, credential is null ? "the request was not signed" : $"signed with the {credential}");
            if (credential is not null)
            {
                Sign(request, CosKey.Decoded(location), credential);
            }
        }

        return request;
    }

    /// <summary>Signs by the server's clock from now on.</summary>
    /// <param name="theirs">The server's own time; null where it did not say.</param>
    /// <returns>Whether that is another time than before: once at most.</returns>
    public bool CorrectClock(DateTimeOffset? theirs, Action<string> note)
    {
        var skew = theirs - DateTimeOffset.UtcNow;
        if (skew is not { } found || _skew != TimeSpan.Zero || found.Duration() < MinSkew)
        {
            return false;
        }

        _skew = found;
        note($"warning: this node's clock is {found.Duration().TotalSeconds:0} s {(found > TimeSpan.Zero ? "behind" : "ahead of")} the server's: requests are signed by the server's time");
        return true;
    }

    private Uri Target(Uri location, string host)
    {
        if (location.Scheme != "cos")
        {
            return location;
        }

        // As it is: the server is to get the key's own escapes.
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

        // From a minute ago: the node's clock may be a little ahead of the server's.
        var now = DateTimeOffset.UtcNow + _skew;
        var authorization = CosSigner.Sign(credential, request.Method.Method, path, [], headers, now.AddMinutes(-1), now.AddMinutes(30));
        request.Headers.TryAddWithoutValidation("Authorization", authorization);
    }
}
