using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Configuration;

/// <summary>An error in the user's configuration.</summary>
/// <param name="Origin">File and line, environment variable or flag.</param>
/// <param name="Text">The error, and what would be valid.</param>
internal sealed record ConfigDiagnostic(string Origin, LocalizedText Text)
{
    private const string Flag = "flag ";
    private const string Variable = "environment ";

    /// <summary>The line of the file and a line with a caret below the error, both indented; empty if neither is to be shown.</summary>
    public string Excerpt { get; init; } = "";

    /// <summary>Returns an origin as it is printed.</summary>
    public static LocalizedText Place(string origin) =>
        IsFlag(origin) ? Messages.Flag(origin[Flag.Length..])
        : IsVariable(origin) ? Messages.Variable(origin[Variable.Length..])
        : origin;

    public static bool IsFlag(string origin) => origin.StartsWith(Flag, StringComparison.Ordinal);

    public static bool IsVariable(string origin) => origin.StartsWith(Variable, StringComparison.Ordinal);

    /// <summary>The message of an error with all these diagnostics, a line each; the first is the cause.</summary>
    public static LocalizedText Join(IEnumerable<ConfigDiagnostic> diagnostics)
    {
        List<ConfigDiagnostic> all = [.. diagnostics.Distinct()];
        string In(Language language) => string.Join(
            '\n', all.SelectMany(diagnostic => (string[])[diagnostic.Line(language), diagnostic.Excerpt]).Where(line => line.Length > 0));
        return new LocalizedText(In(Language.English), In(Language.Chinese));
    }

    /// <summary>Returns the diagnostic as one line, even if it quotes text with line breaks.</summary>
    public string Line(Language language) => TerminalText.Quoted(
        $"{Place(Origin).In(language)}: {Text.In(language)}", int.MaxValue);

    public override string ToString() => Line(Language.English);
}
