using System.Globalization;
using System.Text;

namespace Thpc.NodeAgent.Reporting.Svg;

/// <summary>
/// Writes an SVG picture element by element. Colours and fonts are attributes, because mail programs and ticket systems remove style
/// sheets. All text is escaped.
/// </summary>
internal sealed class SvgElements
{
    private const string Sans = "font-family=\"sans-serif\"";
    private const string Mono = "font-family=\"monospace\"";

    private readonly StringBuilder _text = new();

    /// <param name="y">The baseline.</param>
    /// <param name="middle">Whether x is the middle of the text, not its beginning.</param>
    public void Text(
        double x,
        double y,
        string text,
        string colour,
        double size = 12,
        bool mono = false,
        bool bold = false,
        bool middle = false)
    {
        var weight = bold ? " font-weight=\"bold\"" : "";
        var anchor = middle ? " text-anchor=\"middle\"" : "";
        var space = mono ? " xml:space=\"preserve\"" : "";
        Append($"<text x=\"{x:0.##}\" y=\"{y:0.##}\" {(mono ? Mono : Sans)} font-size=\"{size:0.#}\"{weight}{anchor}{space} ");
        Append($"fill=\"{colour}\">{Escape(text)}</text>\n");
    }

    public void Line(double x1, double y1, double x2, double y2, string colour) =>
        Append($"<line x1=\"{x1:0.##}\" y1=\"{y1:0.##}\" x2=\"{x2:0.##}\" y2=\"{y2:0.##}\" stroke=\"{colour}\"/>\n");

    public void Box(double x, double y, double width, double height, string fill, double radius = 0)
    {
        var corner = radius > 0 ? string.Create(CultureInfo.InvariantCulture, $" rx=\"{radius:0.##}\"") : "";
        Append($"<rect x=\"{x:0.##}\" y=\"{y:0.##}\" width=\"{width:0.##}\" height=\"{height:0.##}\"{corner} fill=\"{fill}\"/>\n");
    }

    /// <summary>Opens a group, up to <see cref="Close"/>, whose title is shown as a tooltip.</summary>
    public void Open(string title) => _text.Append("<g><title>").Append(Escape(title)).Append("</title>\n");

    public void Close() => _text.Append("</g>\n");

    /// <summary>Returns the whole picture.</summary>
    /// <param name="definitions">SVG definitions, such as patterns.</param>
    public string Picture(string title, double width, double height, string definitions) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        <?xml version="1.0" encoding="UTF-8"?>
        <svg xmlns="http://www.w3.org/2000/svg" width="{width:0.##}" height="{height:0.##}" viewBox="0 0 {width:0.##} {height:0.##}">
        <title>{Escape(title)}</title>
        {definitions}
        <rect width="{width:0.##}" height="{height:0.##}" fill="#ffffff"/>
        {_text}</svg>

        """);

    /// <summary>Escapes the text of an element; characters that XML cannot hold become U+FFFD.</summary>
    public static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            escaped.Append(rune.Value switch
            {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '\r' => "&#13;",
                '\t' or '\n' => rune.ToString(),
                < ' ' or 0xFFFE or 0xFFFF => "\uFFFD",
                _ => rune.ToString(),
            });
        }

        return escaped.ToString();
    }

    private void Append(FormattableString element) => _text.Append(element.ToString(CultureInfo.InvariantCulture));
}
