using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Text;

/// <summary>Whether the name before a value shows that the value is secret.</summary>
internal enum NameKind
{
    Harmless,

    /// <summary>The name has other uses too, such as a package's signature. The value is secret if it is quoted or follows `=`.</summary>
    Ambiguous,

    /// <summary>The name is also an ordinary word or a program, as in `passwd: user unknown`.</summary>
    Word,

    Secret,
}

/// <summary>Recognises names of secrets: `secret_key`, `TmpSecretKey`, `--password`, `DB_PASS`, `x-cos-security-token`.</summary>
internal static class SecretNames
{
    /// <summary>Maximum number of characters of a name that are read, counted from its end.</summary>
    public const int MaxLength = 128;

    private static readonly string[] Keywords =
    [
        "secret", "passwd", "password", "passphrase", "token", "api_key", "api-key", "apikey", "access_key", "access-key", "accesskey",
        "private_key", "private-key", "privatekey", "credential", "q-ak", "signature",
    ];

    // Allowed after a keyword in the same word: `secretkey`, `passwords`, but not `tokenizer`.
    private static readonly string[] Endings = ["s", "key", "id", "keyid", "value"];

    // A last part that makes the value a description of a secret, such as its location, and not the secret.
    private static readonly string[] AboutParts =
    [
        "file", "path", "dir", "directory", "url", "uri", "name", "type", "algorithm", "policy", "length", "ttl", "expires", "expiration",
    ];

    // An abbreviation that counts only as a whole part.
    private const string ShortPassword = "pw";

    // These count only after another part: `pass=3` counts tests, and PWD is a directory.
    private static readonly string[] LastParts = ["pass", "pwd"];

    public static NameKind KindOf(ReadOnlySpan<char> name)
    {
        name = name.TrimStart('-');
        if (HasLastPart(name, ShortPassword))
        {
            return NameKind.Secret;
        }

        var text = name.ToString();
        if (Array.Exists(LastParts, part => text.Length > part.Length && HasLastPart(text, part)))
        {
            return NameKind.Ambiguous;
        }

        if (Array.Find(Keywords, keyword => HasKeyword(text, keyword)) is not { } found
            || Array.Exists(AboutParts, part => HasLastPart(text, part)) || ErrorCode.Find(text) is not null)
        {
            return NameKind.Harmless;
        }

        return found == "signature" ? NameKind.Ambiguous
            : !text.AsSpan(1).ContainsAnyExceptInRange('a', 'z') && char.IsAsciiLetter(text[0]) ? NameKind.Word
            : NameKind.Secret;
    }

    private static bool HasKeyword(string name, string keyword)
    {
        var at = name.LastIndexOf(keyword, StringComparison.OrdinalIgnoreCase);
        if (at < 0)
        {
            return false;
        }

        var last = name[at + keyword.Length - 1];
        var rest = name.AsSpan(at + keyword.Length);
        var length = 0;
        while (length < rest.Length && char.IsAsciiLetter(rest[length])
            && (char.IsAsciiLetterLower(rest[length]) || char.IsAsciiLetterUpper(last)))
        {
            length++;
        }

        var ending = rest[..length].ToString();
        return length == 0 || Array.Exists(Endings, known => known.Equals(ending, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Whether a name's last part is this one. Parts are joined by `_`, `-`, or in camelCase.</summary>
    private static bool HasLastPart(ReadOnlySpan<char> name, string part)
    {
        var before = name.Length - part.Length;
        return name.EndsWith(part, StringComparison.OrdinalIgnoreCase)
            && (before == 0 || name[before - 1] is '_' or '-'
                || (char.IsAsciiLetterUpper(name[before]) && char.IsAsciiLetterLower(name[before - 1])));
    }
}
