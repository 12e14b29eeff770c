using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Cos;

/// <summary>A key pair for COS.</summary>
/// <param name="Token">Only temporary key pairs have one.</param>
/// <param name="Origin">Where it was found, for messages.</param>
internal sealed record CosCredential(string SecretId, string SecretKey, string? Token, LocalizedText Origin)
{
    /// <summary>When a temporary key pair expires; null if unknown.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>Names its origin, and no secret.</summary>
    public LocalizedText Description => Messages.CredentialOf(Origin);

    public override string ToString() => Description.English;
}
