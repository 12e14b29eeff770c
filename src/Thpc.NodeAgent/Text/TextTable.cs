using System.Text;

namespace Thpc.NodeAgent.Text;

/// <summary>Formats rows of text as aligned columns.</summary>
internal static class TextTable
{
    /// <param name="rows">The header row first; all rows have the same length.</param>
    /// <param name="isNumber">For each column, whether it is aligned to the right.</param>
    public static string Write(IReadOnlyList<string[]> rows, params ReadOnlySpan<bool> isNumber)
    {
        int[] widths = [.. rows[0].Select((_, column) => rows.Max(row => row[column].Length))];
        var text = new StringBuilder();
        foreach (var row in rows)
        {
            var line = new StringBuilder();
            for (var column = 0; column < row.Length; column++)
            {
                line.Append(isNumber[column] ? row[column].PadLeft(widths[column]) : row[column].PadRight(widths[column])).Append("  ");
            }

            text.Append(line.ToString().TrimEnd()).Append('\n');
        }

        return text.ToString();
    }
}
