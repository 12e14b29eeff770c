namespace Thpc.NodeAgent.Text;

/// <summary>URLs as they may be shown.</summary>
internal static class Url
{
    /// <summary>A URL without what may let somebody in: its query and fragment, which may hold a signature, and a user's name and password.</summary>
    public static string WithoutSecrets(string url)
    {
        var scheme = url.IndexOf("://", StringComparison.Ordinal);
        var start = scheme < 0 ? 0 : scheme + 3;

        // A password may have a / or ? that should have been written with %; then the text is no URL, and all before the last @ may be secret.
        var end = Uri.TryCreate(url, UriKind.Absolute, out _) ? url.IndexOfAny(['/', '?', '#'], start) : -1;
        var at = (end < 0 ? url : url[..end]).LastIndexOf('@');
        var shown = at < start ? url : $"{url[..start]}…{url[at..]}";
        var tail = shown.IndexOfAny(['?', '#']);
        return tail < 0 ? shown : $"{shown[..(tail + 1)]}…";
    }

    /// <summary>The parts of a URL that <see cref="WithoutSecrets"/> does not show, and the values in its query; none of another text.</summary>
    public static IEnumerable<string> Secrets(string text)
    {
        if (!text.Contains("://", StringComparison.Ordinal) || !Uri.TryCreate(text, UriKind.Absolute, out var url))
        {
            return [];
        }

        string[] parts = [url.UserInfo, url.Query.TrimStart('?'), url.Fragment.TrimStart('#'), .. url.UserInfo.Split(':'), .. url.Query.TrimStart('?').Split('&').Select(pair => pair[(pair.IndexOf('=', StringComparison.Ordinal) + 1)..])];
        return parts.Concat(parts.Select(Uri.UnescapeDataString)).Where(part => part.Length > 0).Distinct();
    }
}
