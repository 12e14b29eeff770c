using System.Globalization;
using System.Text;

namespace Thpc.NodeAgent.Reporting.Svg;

/// <summary>
/// SVG, element by element. Colours and fonts are attributes and not a style sheet, which mail programs and ticket systems take out;
/// text is text, escaped, whatever it holds.
/// </summary>
internal sealed class SvgElements
{
    private const string Sans = "font-family=\"sans-serif\"";
    private const string Mono = "font-family=\"monospace\"";

    private readonly StringBuilder _text = new();

    public void Text(double x, double y, string words, string colour, double size = 12, bool mono = false, bool bold = false, bool middle = false) => Append(
        $"<text x=\"{x:0.##}\" y=\"{y:0.##}\" {(mono ? Mono : Sans)} font-size=\"{size:0.#}\"{(bold ? " font-weight=\"bold\"" : "")}{(middle ? " text-anchor=\"middle\"" : "")}{(mono ? " xml:space=\"preserve\"" : "")} fill=\"{colour}\">{Escape(words)}</text>\n");

    public void Line(double x1, double y1, double x2, double y2, string colour) => Append($"<line x1=\"{x1:0.##}\" y1=\"{y1:0.##}\" x2=\"{x2:0.##}\" y2=\"{y2:0.##}\" stroke=\"{colour}\"/>\n");

    public void Box(double x, double y, double width, double height, string fill, double radius = 0) => Append(
        $"<rect x=\"{x:0.##}\" y=\"{y:0.##}\" width=\"{width:0.##}\" height=\"{height:0.##}\"{(radius > 0 ? string.Create(CultureInfo.InvariantCulture, $" rx=\"{radius:0.##}\"") : "")} fill=\"{fill}\"/>\n");

    /// <summary>What follows, up to <see cref="Close"/>, belongs together and says this when it is pointed at.</summary>
    public void Open(string title) => _text.Append("<g><title>").Append(Escape(title)).Append("</title>\n");

    public void Close() => _text.Append("</g>\n");

    /// <summary>The whole picture.</summary>
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

    /// <summary>As text of an element; what XML cannot hold becomes U+FFFD.</summary>
    public static string Escape(string words)
    {
        var text = new StringBuilder(words.Length);
        foreach (var rune in words.EnumerateRunes())
        {
            text.Append(rune.Value switch
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

        return text.ToString();
    }

    private void Append(FormattableString element) => _text.Append(element.ToString(CultureInfo.InvariantCulture));
}
