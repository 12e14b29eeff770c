using System.Globalization;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host.Signatures;

/// <summary>A line of allowed_signers: principals, key, and the namespaces and time for which it is valid.</summary>
/// <param name="Line">The line number, from 1.</param>
/// <param name="Principals">Names and patterns, unparsed.</param>
/// <param name="Namespaces">A list of patterns; null: all namespaces.</param>
internal sealed record AllowedSigner(
    int Line, string Principals, SshPublicKey Key, string? Namespaces, DateTimeOffset? ValidAfter, DateTimeOffset? ValidBefore)
{
    /// <summary>Principals and key, for messages.</summary>
    public string Description => $"{TerminalText.OneLine(Principals)} ({Key.Type} {Key.Fingerprint})";

    /// <returns>Why the key may not sign, as a clause that follows the key; null if it may.</returns>
    public LocalizedText? Validate(string purpose, DateTimeOffset now) =>
        Namespaces is { } patterns && !PatternList.Matches(patterns, purpose) ? Messages.NamespaceRefused(purpose, Line)
        : ValidAfter > now ? Messages.NotYetValid(Shown(ValidAfter), Line, Shown(now))
        : ValidBefore < now ? Messages.NoLongerValid(Shown(ValidBefore), Line, Shown(now))
        : null;

    private static string Shown(DateTimeOffset? time) =>
        time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "";
}
