using System.Buffers;

namespace Thpc.NodeAgent.Text;

/// <summary>
/// Finds values whose names show that they are secret: `token = "…"`, `"SecretKey": "…"`, `--password …`, `pw=…`,
/// `Authorization: …`, `&lt;SecretKey&gt;…`, and the password in `mysql -p…`.
/// </summary>
internal static class NamedSecretFinder
{
    private const string AuthorizationHeader = "authorization";
    private const int MaxProseWord = 20;

    // Values after `password:` that are not passwords.
    private static readonly string[] NoSecrets = ["yes", "no", "true", "false", "null", "none", "nil"];

    // The values of cos.credentials.
    private static readonly string[] CredentialModes = ["auto", "role", "env", "file", "anonymous"];

    // Sources in the line `passwd:` of /etc/nsswitch.conf.
    private static readonly string[] UserSources = ["files", "compat", "systemd", "nis", "sss", "ldap", "winbind", "db"];

    // Words that follow an option in help and messages.
    private static readonly string[] WordsAfterOption = ["option", "flag", "argument", "is", "and", "or", "to", "must", "requires"];

    private static readonly SearchValues<char> Letters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    private static readonly SearchValues<char> OptionCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyz-");

    public static bool IsNameCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '-';

    public static int EndOfName(string text, int at)
    {
        while (at < text.Length && IsNameCharacter(text[at]))
        {
            at++;
        }

        return at;
    }

    public static IEnumerable<Redactor.Part> Find(string text)
    {
        for (var at = 0; at < text.Length;)
        {
            if (!IsNameCharacter(text[at]))
            {
                at++;
                continue;
            }

            var end = EndOfName(text, at);
            var part = PasswordOptionFinder.Find(text, at, end) ?? ValueOf(text, Math.Max(at, end - SecretNames.MaxLength), end);
            at = end;
            if (part is { } found)
            {
                yield return found;
                at = found.End;
            }
        }
    }

    private static Redactor.Part? ValueOf(string text, int start, int end)
    {
        if (Separated(text, start, end) is not { } separator)
        {
            return null;
        }

        var name = text.AsSpan(start, end - start);
        if (name.EndsWith(AuthorizationHeader, StringComparison.OrdinalIgnoreCase))
        {
            return separator.IsBlank ? null : Header(text, start, separator.End);
        }

        var value = separator.End;
        var kind = SecretNames.KindOf(name);
        if (kind == NameKind.Harmless || value == text.Length
            || (kind == NameKind.Ambiguous && separator.IsColon && text[value] is not ('"' or '\'' or '\\')))
        {
            return null;
        }

        var valueEnd = SecretValueReader.End(text, value, stop: separator.IsTag ? '<' : ' ');
        var shown = text.AsSpan(value, valueEnd - value).Trim("\"'").TrimEnd(").").ToString();
        var isHarmless = shown.Length == 0
            || NoSecrets.Contains(shown, StringComparer.OrdinalIgnoreCase)
            || (separator.IsBlank && WordsAfterOption.Contains(shown))
            || (name is "passwd" && UserSources.Contains(shown))
            || (name is "credentials" && CredentialModes.Contains(shown))
            || (kind == NameKind.Word && separator.IsColon && IsProse(text, value, valueEnd));
        return isHarmless ? null : new Redactor.Part(value, valueEnd);
    }

    /// <summary>Whether a value after `:` is the first word of a sentence: letters only, and more words follow.</summary>
    private static bool IsProse(string text, int start, int end)
    {
        var word = text.AsSpan(start, end - start).TrimStart('(').TrimEnd("),.:");
        var next = SecretValueReader.SkipBlanks(text, end);
        return text[start - 1] == ' ' && word.Length is > 0 and <= MaxProseWord
            && !word.ContainsAnyExcept(Letters) && !word[1..].ContainsAnyInRange('A', 'Z')
            && next > end && next < text.Length && text[next] is not ('\n' or '\r' or '#');
    }

    /// <summary>Returns a header's whole value: up to the quote that closes the one before its name, or to the end of the line.</summary>
    private static Redactor.Part? Header(string text, int start, int value)
    {
        if (value < text.Length && text[value] is '"' or '\'')
        {
            return new Redactor.Part(value, SecretValueReader.End(text, value, ' '));
        }

        var quote = start > 0 && text[start - 1] is '"' or '\'' ? text[start - 1] : '\n';
        var end = value;
        while (end < text.Length && text[end] is not ('\r' or '\n') && text[end] != quote)
        {
            end++;
        }

        return end > value ? new Redactor.Part(value, end) : null;
    }

    /// <summary>The characters between a name and its value.</summary>
    /// <param name="End">The index where the value begins.</param>
    private readonly record struct Separator(int End, bool IsColon = false, bool IsBlank = false, bool IsTag = false);

    private static Separator? Separated(string text, int start, int end)
    {
        var at = SecretValueReader.SkipQuote(text, end);
        var isQuoted = at > end;
        at = SecretValueReader.SkipBlanks(text, at);
        var sign = text.AsSpan(at, Math.Min(2, text.Length - at));
        if (sign is ['>', ..] && at == end && start > 0 && text[start - 1] == '<')
        {
            return new Separator(at + 1, IsTag: true);
        }

        var length = sign switch
        {
            "=>" or ":=" or "+=" => 2,
            "==" or "=~" or "::" => 0,
            ['=' or ':', ..] => 1,
            _ => 0,
        };
        if (length > 0)
        {
            // In JSON a value may be on the next line; elsewhere an empty value ends with its line.
            var value = isQuoted ? SecretValueReader.SkipSpace(text, at + length) : SecretValueReader.SkipBlanks(text, at + length);
            return new Separator(value, IsColon: length == 1 && sign[0] == ':');
        }

        // An option and its argument, or a line of .netrc: only blanks separate them.
        var isBlank = at > end && !isQuoted && at < text.Length
            && ((text[start] == '-' && !IsOption(text, at)) || IsNetrcPassword(text, start, end));
        return isBlank ? new Separator(at, IsBlank: true) : null;
    }

    private static bool IsOption(string text, int at)
    {
        var word = text.AsSpan(at, SecretValueReader.End(text, at, ' ') - at);
        return word is ['-', _] || (word is ['-', '-', ..] && !word[2..].ContainsAnyExcept(OptionCharacters));
    }

    private static bool IsNetrcPassword(string text, int start, int end) =>
        text.AsSpan(start, end - start) is "password"
        && SecretValueReader.WordsBefore(text, start) is [.., "login", _];
}
