namespace Thpc.NodeAgent.Configuration;

/// <summary>Something wrong in what the user wrote: where, what, and what would be right.</summary>
internal sealed record ConfigDiagnostic(string Origin, string Message)
{
    /// <summary>One line, whatever the text that is complained about has in it.</summary>
    public override string ToString() => Printable($"{Origin}: {Message}", int.MaxValue);

    /// <summary>At most so many characters, with ? for those that would move a terminal's cursor or are no characters.</summary>
    public static string Printable(string text, int length = 300)
    {
        var line = string.Concat(text.Take(length).Select(c => char.IsControl(c) || c is '\u2028' or '\u2029' ? '?' : c));
        return string.Concat(line.EnumerateRunes().Select(rune => rune.ToString()));
    }
}
