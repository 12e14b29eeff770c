using System.Text.RegularExpressions;

namespace Thpc.NodeAgent.Configuration;

/// <summary>Finds what a template left in a value, such as @INIT_SCRIPT@.</summary>
internal static partial class Placeholder
{
    /// <returns>The placeholder alone; null if the text has none.</returns>
    public static string? In(string text) => Pattern().Match(text) is { Success: true } match ? match.Value : null;

    [GeneratedRegex(@"@[A-Z][A-Z0-9_]*@|\$\{[^{}\n]*\}|\{\{[^{}\n]*\}\}|<[A-Za-z][A-Za-z0-9 _-]*>|^\$[A-Za-z_][A-Za-z0-9_]*\z")]
    private static partial Regex Pattern();
}
