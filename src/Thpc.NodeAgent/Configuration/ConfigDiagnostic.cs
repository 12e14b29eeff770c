using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Configuration;

/// <summary>An error in the user's configuration.</summary>
/// <param name="Origin">File and line, environment variable or flag.</param>
/// <param name="Message">The error, and what would be valid.</param>
internal sealed record ConfigDiagnostic(string Origin, string Message)
{
    /// <summary>Returns the diagnostic as one line, even if it quotes text with line breaks.</summary>
    public override string ToString() => TerminalText.Quoted($"{Origin}: {Message}", int.MaxValue);
}
