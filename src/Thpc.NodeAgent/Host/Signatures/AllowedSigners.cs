using System.Globalization;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host.Signatures;

/// <summary>
/// Parses an allowed_signers file (ssh-keygen(1), ALLOWED SIGNERS). A line with an unsupported option makes the whole file invalid,
/// because skipping it could accept signatures that it excludes.
/// </summary>
internal static class AllowedSigners
{
    private static readonly string[] TimeFormats = ["yyyyMMdd", "yyyyMMddHHmm", "yyyyMMddHHmmss"];

    /// <exception cref="FormatException">The message begins with the line number.</exception>
    public static IReadOnlyList<AllowedSigner> Parse(string text)
    {
        List<AllowedSigner> signers = [];
        var number = 0;
        foreach (var line in text.Split('\n'))
        {
            number++;
            var content = line.Trim(' ', '\t', '\r');
            if (content.Length == 0 || content[0] == '#')
            {
                continue;
            }

            try
            {
                signers.Add(Line(content, number));
            }
            catch (SignatureException e)
            {
                throw new SignatureException(Messages.Line(number) + ": " + e.Text);
            }
        }

        return signers;
    }

    private static AllowedSigner Line(string line, int number)
    {
        if (line.Contains('\0', StringComparison.Ordinal))
        {
            throw new SignatureException(Messages.NulCharacter);
        }

        var rest = line;
        var principals = Principals(ref rest);
        var options = SshPublicKey.IsTypeName(FirstWord(rest)) ? new Options(null, null, null) : Read(ref rest);
        var words = rest.Split([' ', '\t'], 3, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length < 2)
        {
            throw new SignatureException(Messages.NoKey);
        }

        byte[] blob;
        try
        {
            blob = Convert.FromBase64String(words[1]);
        }
        catch (FormatException)
        {
            throw new SignatureException(Messages.KeyNotBase64);
        }

        var key = SshPublicKey.Parse(blob);
        return key.Type == words[0]
            ? new AllowedSigner(number, principals, key, options.Namespaces, options.ValidAfter, options.ValidBefore)
            : throw new SignatureException(Messages.OtherType(key.Type, TerminalText.OneLine(words[0])));
    }

    private static string FirstWord(string text) => text[..(text.IndexOfAny([' ', '\t']) is >= 0 and var end ? end : text.Length)];

    private static string Principals(ref string rest)
    {
        var quoted = rest[0] == '"';
        var end = quoted ? rest.IndexOf('"', 1) : rest.IndexOfAny([' ', '\t']);
        if (end < 0 || (quoted && (end + 1 == rest.Length || rest[end + 1] is not (' ' or '\t'))))
        {
            throw new SignatureException(Messages.NoKeyAfterPrincipals);
        }

        var principals = quoted ? rest[1..end] : rest[..end];
        rest = rest[(end + 1)..].TrimStart(' ', '\t');
        return principals.Length > 0 && !principals.Contains('"', StringComparison.Ordinal)
            ? principals
            : throw new SignatureException(Messages.InvalidPrincipals);
    }

    private sealed record Options(string? Namespaces, DateTimeOffset? ValidAfter, DateTimeOffset? ValidBefore);

    private static Options Read(ref string rest)
    {
        Dictionary<string, string> values = new(StringComparer.OrdinalIgnoreCase);
        for (var at = 0; ;)
        {
            var end = at;
            while (end < rest.Length && (char.IsAsciiLetter(rest[end]) || rest[end] == '-'))
            {
                end++;
            }

            var name = rest[at..end].ToLowerInvariant();
            if (name == "cert-authority")
            {
                throw new SignatureException(Messages.Authority);
            }

            if (name is not ("namespaces" or "valid-after" or "valid-before")
                || !rest.AsSpan(end).StartsWith("=\"", StringComparison.Ordinal))
            {
                throw new SignatureException(Messages.UnknownOption(TerminalText.OneLine(FirstWord(rest[at..]))));
            }

            var close = rest.IndexOf('"', end + 2);
            if (close < 0 || rest[close - 1] == '\\' || !values.TryAdd(name, rest[(end + 2)..close]))
            {
                throw new SignatureException(Messages.RepeatedOption(name));
            }

            at = close + 1;
            if (at == rest.Length || rest[at] is ' ' or '\t')
            {
                rest = rest[at..].TrimStart(' ', '\t');
                break;
            }

            if (rest[at++] != ',')
            {
                throw new SignatureException(Messages.NoSeparator(name));
            }
        }

        var (after, before) = (Time(values, "valid-after"), Time(values, "valid-before"));
        return before <= after
            ? throw new SignatureException(Messages.EmptyPeriod)
            : new Options(values.GetValueOrDefault("namespaces"), after, before);
    }

    private static DateTimeOffset? Time(Dictionary<string, string> values, string name)
    {
        if (!values.TryGetValue(name, out var text))
        {
            return null;
        }

        var utc = text.EndsWith('Z') || text.EndsWith('z');
        var digits = utc ? text[..^1] : text;
        if (!DateTime.TryParseExact(digits, TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            || time.Year < 1970)
        {
            throw new SignatureException(Messages.NotTime(name, TerminalText.OneLine(text)));
        }

        // In another time zone, a time at the end of year 9999 could exceed the calendar.
        return time.Year > 9998 ? DateTimeOffset.MaxValue
            : new DateTimeOffset(time, utc ? TimeSpan.Zero : TimeZoneInfo.Local.GetUtcOffset(time));
    }
}
