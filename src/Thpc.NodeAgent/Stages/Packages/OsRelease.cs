using System.Text;
using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>The content of os-release(5).</summary>
/// <param name="Id">Lower case; "linux" if the file has none, as os-release(5) requires.</param>
/// <param name="IdLike">Related systems, the closest first, lower case.</param>
/// <param name="VersionId">Such as "12" or "2.4"; null for rolling releases.</param>
internal sealed record OsRelease(string Id, IReadOnlyList<string> IdLike, string? VersionId)
{
    /// <summary>Possible paths; the first that exists counts.</summary>
    public static IReadOnlyList<string> Paths { get; } = [NodePaths.OsRelease, "/usr/lib/os-release"];

    /// <summary>The leading number of the version; null if there is none.</summary>
    public int? Major
    {
        get
        {
            var digits = string.Concat((VersionId ?? "").TakeWhile(char.IsAsciiDigit));
            return digits.Length is > 0 and < 10 ? int.Parse(digits, System.Globalization.CultureInfo.InvariantCulture) : null;
        }
    }

    public static OsRelease Parse(string text)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n', StringSplitOptions.TrimEntries))
        {
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && line[0] != '#')
            {
                values[line[..equals]] = Unquote(line[(equals + 1)..]);
            }
        }

#pragma warning disable CA1308 // os-release(5) requires lower case; TencentOS 3 wrote its id as "TencentOS".
        var id = values.GetValueOrDefault("ID", "").ToLowerInvariant();
        var like = values.GetValueOrDefault("ID_LIKE", "").ToLowerInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries);
#pragma warning restore CA1308
        var version = values.GetValueOrDefault("VERSION_ID", "");
        return new OsRelease(id.Length > 0 ? id : "linux", like, version.Length > 0 ? version : null);
    }

    public override string ToString() => VersionId is null ? Id : $"{Id} {VersionId}";

    /// <summary>Unquotes a shell word: single quotes are literal, elsewhere a backslash escapes the next character.</summary>
    private static string Unquote(string value)
    {
        var result = new StringBuilder(value.Length);
        var quote = '\0';
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            if (c == quote)
            {
                quote = '\0';
            }
            else if (quote == '\0' && c is '"' or '\'')
            {
                quote = c;
            }
            else if (quote == '\0' && char.IsWhiteSpace(c))
            {
                break;
            }
            else if (c == '\\' && quote != '\'' && i + 1 < value.Length && (quote == '\0' || value[i + 1] is '"' or '\\' or '$' or '`'))
            {
                result.Append(value[++i]);
            }
            else
            {
                result.Append(c);
            }
        }

        return result.ToString();
    }
}
