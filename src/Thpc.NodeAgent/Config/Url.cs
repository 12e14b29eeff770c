namespace Thpc.NodeAgent.Config;

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
}
