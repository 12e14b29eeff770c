using System.Globalization;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host.Signatures;

/// <summary>A line of allowed_signers: who, with which key, for what, and when.</summary>
/// <param name="Line">Its number, from 1.</param>
/// <param name="Principals">Names and patterns as the line has them.</param>
/// <param name="Namespaces">A list of patterns; null: for everything.</param>
internal sealed record AllowedSigner(
    int Line, string Principals, SshPublicKey Key, string? Namespaces, DateTimeOffset? ValidAfter, DateTimeOffset? ValidBefore)
{
    /// <summary>For a message: who it is, and the key.</summary>
    public string Description => $"{OutputText.OneLine(Principals)} ({Key.Type} {Key.Fingerprint})";

    /// <returns>Why a signature by the key does not count, to follow upon "its key"; null where it counts.</returns>
    public string? Validate(string purpose, DateTimeOffset now) =>
        Namespaces is { } patterns && !PatternList.Matches(patterns, purpose) ? $"is not for the namespace {purpose} (line {Line})"
        : ValidAfter > now ? $"is valid after {Shown(ValidAfter)} only (line {Line}), and it is {Shown(now)}"
        : ValidBefore < now ? $"was valid before {Shown(ValidBefore)} only (line {Line}), and it is {Shown(now)}"
        : null;

    private static string Shown(DateTimeOffset? time) =>
        time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "";
}
