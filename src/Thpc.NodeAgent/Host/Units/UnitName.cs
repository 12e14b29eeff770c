using System.Globalization;
using System.Text;

namespace Thpc.NodeAgent.Host.Units;

/// <summary>Converts paths to unit names, like systemd-escape(1) --path.</summary>
internal static class UnitName
{
    /// <param name="path">Absolute and normalized, not "/".</param>
    public static string Escape(string path)
    {
        var name = new StringBuilder();
        foreach (var value in Encoding.UTF8.GetBytes(path.Trim('/')))
        {
            var c = (char)value;
            var plain = char.IsAsciiLetterOrDigit(c) || c is '_' or ':' || (c == '.' && name.Length > 0);
            name.Append(c == '/' ? "-" : plain ? c.ToString() : string.Create(CultureInfo.InvariantCulture, $"\\x{value:x2}"));
        }

        return name.ToString();
    }
}
