namespace Thpc.NodeAgent.Text;

/// <summary>Removes secrets from URLs before they are shown.</summary>
internal static class Url
{
    /// <summary>Replaces user, password, query and fragment, which may be secret, with "…".</summary>
    public static string WithoutSecrets(string url)
    {
        var scheme = url.IndexOf("://", StringComparison.Ordinal);
        var start = scheme < 0 ? 0 : scheme + 3;

        // A password may contain an unescaped / or ?; then the text is not a URL, and everything before the last @ may be secret.
        var end = Uri.TryCreate(url, UriKind.Absolute, out _) ? url.IndexOfAny(['/', '?', '#'], start) : -1;
        var at = (end < 0 ? url : url[..end]).LastIndexOf('@');
        var shown = at < start ? url : $"{url[..start]}…{url[at..]}";
        var tail = shown.IndexOfAny(['?', '#']);
        return tail < 0 ? shown : $"{shown[..(tail + 1)]}…";
    }

    /// <summary>Returns the parts that <see cref="WithoutSecrets"/> hides, and the values of the query; empty for other text.</summary>
    public static IEnumerable<string> Secrets(string text)
    {
        if (!text.Contains("://", StringComparison.Ordinal) || !Uri.TryCreate(text, UriKind.Absolute, out var url))
        {
            return [];
        }

        var query = url.Query.TrimStart('?');
        string[] parts =
        [
            url.UserInfo, query, url.Fragment.TrimStart('#'),
            .. url.UserInfo.Split(':'),
            .. query.Split('&').Select(pair => pair[(pair.IndexOf('=', StringComparison.Ordinal) + 1)..]),
        ];
        return parts.Concat(parts.Select(Uri.UnescapeDataString)).Where(part => part.Length > 0).Distinct();
    }
}
