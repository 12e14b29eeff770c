using System.Globalization;
using System.Text;

namespace Thpc.NodeAgent.Fleet;

/// <summary>
/// Lists of host names in the notation of Slurm: `compute-[3,17-20]`. Slurm reads the digits at the end of a name as its number, and
/// keeps leading zeros: `compute-[001-128]`.
/// </summary>
internal static class HostList
{
    // Slurm holds a number in 64 bits; longer ones are whole names.
    private const int MaxDigits = 18;

    /// <summary>Folds names into one list without blanks, sorted, each name once. Names that are no host names stay as they are.</summary>
    public static string Fold(IEnumerable<string> names)
    {
        var list = new StringBuilder();
        var groups = names.Distinct(StringComparer.Ordinal).Select(Split).GroupBy(name => name.Prefix, StringComparer.Ordinal);
        foreach (var group in groups.OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            List<string> numbers = [.. group.Select(name => name.Digits)];
            if (numbers.Remove(""))
            {
                Append(list, group.Key);
            }

            if (numbers.Count > 0)
            {
                var ranges = Ranges(numbers);
                Append(list, numbers.Count == 1 ? group.Key + ranges : $"{group.Key}[{ranges}]");
            }
        }

        return list.ToString();
    }

    private static void Append(StringBuilder list, string item) => list.Append(list.Length > 0 ? "," : "").Append(item);

    /// <summary>Ranges such as "3,17-20". Numbers of one range have as many digits as its first number, or more.</summary>
    private static string Ranges(List<string> numbers)
    {
        // 100 continues 099, but not 99 where 099 is there too.
        List<int> padded = [.. numbers.Where(IsPadded).Select(digits => digits.Length).Distinct().Order()];
        int Width(string digits) => padded.FindLast(width => width <= digits.Length);
        List<Number> sorted =
            [.. numbers.Select(digits => new Number(Width(digits), long.Parse(digits, CultureInfo.InvariantCulture), digits))];
        sorted.Sort((one, other) => one.Width != other.Width ? one.Width.CompareTo(other.Width)
            : one.Value != other.Value ? one.Value.CompareTo(other.Value)
            : string.CompareOrdinal(one.Text, other.Text));
        var ranges = new StringBuilder();
        for (var i = 0; i < sorted.Count;)
        {
            var end = i;
            while (end + 1 < sorted.Count && sorted[end + 1].Width == sorted[i].Width && sorted[end + 1].Value == sorted[end].Value + 1)
            {
                end++;
            }

            Append(ranges, end == i ? sorted[i].Text : $"{sorted[i].Text}-{sorted[end].Text}");
            i = end + 1;
        }

        return ranges.ToString();
    }

    private static bool IsPadded(string digits) => digits.Length > 1 && digits[0] == '0';

    private static (string Prefix, string Digits) Split(string name)
    {
        var digits = name.Reverse().TakeWhile(char.IsAsciiDigit).Count();
        return digits is 0 or > MaxDigits || !name.All(IsHostNameCharacter) ? (name, "") : (name[..^digits], name[^digits..]);
    }

    private static bool IsHostNameCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.';

    private sealed class Number(int width, long value, string text)
    {
        public int Width => width;

        public long Value => value;

        public string Text => text;
    }
}
