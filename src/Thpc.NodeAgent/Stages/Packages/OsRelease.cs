using System.Text;
using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>What os-release(5) says of the system.</summary>
/// <param name="Id">Lower case, "linux" where the file names none, as the manual has it.</param>
/// <param name="IdLike">Relatives, the nearest first, lower case.</param>
/// <param name="VersionId">"12", "2.4"; null for rolling systems.</param>
internal sealed record OsRelease(string Id, IReadOnlyList<string> IdLike, string? VersionId)
{
    /// <summary>Where it is, the first that exists.</summary>
    public static IReadOnlyList<string> Paths { get; } = [NodePaths.OsRelease, "/usr/lib/os-release"];

    /// <summary>The number that the version begins with.</summary>
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

#pragma warning disable CA1308 // Identifiers are lower case by the manual; TencentOS 3 has written its own as "TencentOS".
        var id = values.GetValueOrDefault("ID", "").ToLowerInvariant();
        var like = values.GetValueOrDefault("ID_LIKE", "").ToLowerInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries);
#pragma warning restore CA1308
        var version = values.GetValueOrDefault("VERSION_ID", "");
        return new OsRelease(id.Length > 0 ? id : "linux", like, version.Length > 0 ? version : null);
    }

    public override string ToString() => VersionId is null ? Id : $"{Id} {VersionId}";

    /// <summary>A shell word: single quotes are literal, a backslash elsewhere takes the next character as it is.</summary>
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
