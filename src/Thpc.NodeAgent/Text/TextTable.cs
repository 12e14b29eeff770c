using System.Text;

namespace Thpc.NodeAgent.Text;

/// <summary>Formats rows of text as aligned columns.</summary>
internal static class TextTable
{
    /// <param name="rows">The header row first; all rows have the same length.</param>
    /// <param name="isNumber">For each column, whether it is aligned to the right.</param>
    public static string Write(IReadOnlyList<string[]> rows, params ReadOnlySpan<bool> isNumber)
    {
        // Chinese letters take two columns.
        int[] widths = [.. rows[0].Select((_, column) => rows.Max(row => TerminalText.Columns(row[column])))];
        var text = new StringBuilder();
        foreach (var row in rows)
        {
            var line = new StringBuilder();
            for (var column = 0; column < row.Length; column++)
            {
                var blanks = new string(' ', widths[column] - TerminalText.Columns(row[column]));
                line.Append(isNumber[column] ? blanks + row[column] : row[column] + blanks).Append("  ");
            }

            text.Append(line.ToString().TrimEnd()).Append('\n');
        }

        return text.ToString();
    }
}
