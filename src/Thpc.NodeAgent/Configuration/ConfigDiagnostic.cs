namespace Thpc.NodeAgent.Configuration;

/// <summary>An error in the user's configuration.</summary>
/// <param name="Origin">File and line, environment variable or flag.</param>
/// <param name="Message">The error, and what would be valid.</param>
internal sealed record ConfigDiagnostic(string Origin, string Message)
{
    /// <summary>Returns the diagnostic as one line, even if it quotes text with line breaks.</summary>
    public override string ToString() => Printable($"{Origin}: {Message}", int.MaxValue);

    /// <summary>Shortens text, and replaces control characters and line separators with ? and unpaired surrogates with U+FFFD.</summary>
    /// <param name="length">Maximum number of characters.</param>
    public static string Printable(string text, int length = 300)
    {
        var line = string.Concat(text.Take(length).Select(c => char.IsControl(c) || c is '\u2028' or '\u2029' ? '?' : c));
        return string.Concat(line.EnumerateRunes().Select(rune => rune.ToString()));
    }
}
