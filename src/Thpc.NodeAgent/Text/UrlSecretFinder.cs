namespace Thpc.NodeAgent.Text;

/// <summary>Finds the secret parts of URLs: user and password, and the query, which may be a signature.</summary>
internal static class UrlSecretFinder
{
    private const string Separator = "://";

    public static IEnumerable<Redactor.Part> Find(string text)
    {
        for (var at = 0; (at = text.IndexOf(Separator, at, StringComparison.Ordinal)) >= 0;)
        {
            if (!IsSeparator(text, at))
            {
                at += Separator.Length;
                continue;
            }

            var user = at + Separator.Length;
            var authority = Until(text, user, "/?#");
            var userEnd = text.AsSpan(user, authority - user).LastIndexOf('@');
            if (userEnd > 0)
            {
                yield return new Redactor.Part(user, user + userEnd);
            }

            // A path may contain another URL with its own user.
            for (at = Until(text, authority, "?#:"); at < text.Length && text[at] == ':'; at = Until(text, at + 1, "?#:"))
            {
                if (IsSeparator(text, at))
                {
                    break;
                }
            }

            if (at < text.Length && text[at] == '?')
            {
                var end = Until(text, at, "");
                if (end > at + 1)
                {
                    yield return new Redactor.Part(at + 1, end);
                }

                at = end;
            }
        }
    }

    private static bool IsSeparator(string text, int at) =>
        at > 0 && char.IsAsciiLetterOrDigit(text[at - 1]) && text.AsSpan(at).StartsWith(Separator, StringComparison.Ordinal);

    /// <returns>The index of the next of these characters, or of the end of the URL.</returns>
    private static int Until(string text, int at, string characters)
    {
        while (at < text.Length && !char.IsWhiteSpace(text[at]) && text[at] is not ('"' or '\'' or '<' or '>')
            && !characters.Contains(text[at], StringComparison.Ordinal))
        {
            at++;
        }

        return at;
    }
}
