using System.Globalization;
using System.Text.RegularExpressions;

namespace Thpc.NodeAgent.Scaling;

/// <summary>Memory sizes in GB as in Tencent Cloud's documentation: a 16 GB type has 16 of them.</summary>
internal static partial class MemorySize
{
    public const int MaxGb = 1_000_000;

    /// <summary>
    /// Parses 12, 3.6, 12G, 4096M or 1T, optionally followed by B or iB. Returns null for other text, 0, and above <see cref="MaxGb"/>.
    /// </summary>
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

    /// <summary>Formats with at most three decimal places.</summary>
    public static string Format(decimal gb) => gb.ToString("0.###", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^([0-9]{1,9}(?:\.[0-9]{1,6})?)([MGT])?(?:i?B)?\z", RegexOptions.IgnoreCase)]
    private static partial Regex Pattern();
}
