using System.Globalization;
using System.Text;

namespace Thpc.NodeAgent.Text;

/// <summary>Paths as Linux has them, one character per byte (Latin-1), because file names need not be UTF-8.</summary>
internal static class TreePath
{
    public static byte[] Bytes(string path) => [.. Encoding.Latin1.GetBytes(path), 0];

    public static string FromText(string text) => OctalEscape.ToBytes(text);

    public static string Parent(string path) => path.LastIndexOf('/') is > 0 and var slash ? path[..slash] : "/";

    public static string Name(string path) => path[(path.LastIndexOf('/') + 1)..];

    /// <summary>Whether the directory is the path's parent.</summary>
    public static bool IsIn(string path, string? directory) =>
        directory is not null && path.LastIndexOf('/') is var slash
            && (slash == 0 ? directory == "/" : directory.Length == slash && path.StartsWith(directory, StringComparison.Ordinal));

    public static string Join(string directory, string name) => directory == "/" ? "/" + name : $"{directory}/{name}";

    /// <summary>
    /// Returns the path for display and JSON: one line, and different for different paths. Each byte of a backslash and of a character that
    /// is not printable, and each byte that is not UTF-8, becomes a backslash and three octal digits.
    /// </summary>
    public static string Display(string path)
    {
        var bytes = Encoding.Latin1.GetBytes(path).AsSpan();
        var text = new StringBuilder(bytes.Length);
        while (bytes.Length > 0)
        {
            var status = Rune.DecodeFromUtf8(bytes, out var rune, out var length);
            if (status == System.Buffers.OperationStatus.Done && TerminalText.IsPrintable(rune) && rune.Value != '\\')
            {
                text.Append(rune);
            }
            else
            {
                foreach (var value in bytes[..length])
                {
                    text.Append(CultureInfo.InvariantCulture, $"\\{value >> 6}{(value >> 3) & 7}{value & 7}");
                }
            }

            bytes = bytes[length..];
        }

        return text.ToString();
    }
}
