using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Configuration;

/// <summary>An error in the user's configuration.</summary>
/// <param name="Origin">File and line, environment variable or flag.</param>
/// <param name="Message">The error, and what would be valid.</param>
internal sealed record ConfigDiagnostic(string Origin, string Message)
{
    /// <summary>The line of the file and a line with a caret below the error, both indented; empty if neither is to be shown.</summary>
    public string Excerpt { get; init; } = "";

    /// <summary>The message of an error with all these diagnostics, a line each; the first is the cause.</summary>
    public static string Join(IEnumerable<ConfigDiagnostic> diagnostics) => string.Join(
        '\n', diagnostics.Distinct().SelectMany(diagnostic => (string[])[diagnostic.ToString(), diagnostic.Excerpt])
            .Where(line => line.Length > 0));

    /// <summary>Returns the diagnostic as one line, even if it quotes text with line breaks.</summary>
    public override string ToString() => TerminalText.Quoted($"{Origin}: {Message}", int.MaxValue);
}
