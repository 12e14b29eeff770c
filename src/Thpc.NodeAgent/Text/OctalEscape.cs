using System.Text;

namespace Thpc.NodeAgent.Text;

/// <summary>The escapes of fstab(5) and mountinfo for bytes that would end a field: a backslash and three octal digits.</summary>
internal static class OctalEscape
{
    private const char Stray = '\uDC00';

    /// <summary>Replaces escapes with their bytes. Text has one character per byte (Latin-1).</summary>
    public static string Decode(string field)
    {
        if (!field.Contains('\\', StringComparison.Ordinal))
        {
            return field;
        }

        var text = new StringBuilder(field.Length);
        for (var i = 0; i < field.Length; i++)
        {
            if (field[i] == '\\' && i + 3 < field.Length && IsOctal(field[i + 1]) && IsOctal(field[i + 2]) && IsOctal(field[i + 3]))
            {
                text.Append((char)((((field[i + 1] - '0') * 64) + ((field[i + 2] - '0') * 8) + field[i + 3] - '0') & 0xFF));
                i += 3;
            }
            else
            {
                text.Append(field[i]);
            }
        }

        return text.ToString();
    }

    /// <summary>Escapes space, tab, line feed and backslash; leaves everything else unchanged.</summary>
    public static string Encode(string field)
    {
        var text = new StringBuilder(field.Length);
        foreach (var c in field)
        {
            if (c is ' ' or '\t' or '\n' or '\\')
            {
                text.Append('\\').Append((char)('0' + (c >> 6))).Append((char)('0' + ((c >> 3) & 7))).Append((char)('0' + (c & 7)));
            }
            else
            {
                text.Append(c);
            }
        }

        return text.ToString();
    }

    /// <summary>Converts a string to the bytes that Linux sees, one character per byte; the reverse of <see cref="FromBytes"/>.</summary>
    public static string ToBytes(string text) =>
        text.Any(IsStray) && text.All(c => c < 0x80 || IsStray(c))
            ? string.Concat(text.Select(c => IsStray(c) ? (char)(c - Stray) : c))
            : Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    /// <summary>
    /// Converts bytes to a readable string. If they are not UTF-8, each byte from 0x80 on becomes half a surrogate pair, so that the
    /// result never equals a valid name.
    /// </summary>
    public static string FromBytes(string bytes)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Encoding.Latin1.GetBytes(bytes));
        }
        catch (ArgumentException)
        {
            return string.Concat(bytes.Select(c => c < 0x80 ? c : (char)(Stray + c)));
        }
    }

    private static bool IsStray(char c) => c is >= (char)(Stray + 0x80) and <= (char)(Stray + 0xFF);

    private static bool IsOctal(char c) => c is >= '0' and <= '7';
}
