using System.Globalization;
using System.Text.RegularExpressions;

namespace Thpc.NodeAgent.Scaling;

/// <summary>Memory in GB, as Tencent's documents count it: a 16 GB type has 16 of these.</summary>
internal static partial class MemorySize
{
    public const int MaxGb = 1_000_000;

    /// <summary>12, 3.6, 12G, 4096M or 1T, with or without a B behind; null for anything else, for nothing, and above <see cref="MaxGb"/>.</summary>
    public static decimal? Parse(string text)
    {
        var match = Pattern().Match(text);
        if (!match.Success)
        {
            return null;
        }

        var amount = decimal.Parse(match.Groups[1].ValueSpan, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
        var gb = match.Groups[2].Value.ToUpperInvariant() switch
        {
            "M" => amount / 1024,
            "T" => amount * 1024,
            _ => amount,
        };
        return gb is > 0 and <= MaxGb ? gb : null;
    }

    /// <summary>With three digits at most behind the point.</summary>
    public static string Format(decimal gb) => gb.ToString("0.###", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^([0-9]{1,9}(?:\.[0-9]{1,6})?)([MGT])?(?:i?B)?\z", RegexOptions.IgnoreCase)]
    private static partial Regex Pattern();
}
