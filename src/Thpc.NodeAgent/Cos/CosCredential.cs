namespace Thpc.NodeAgent.Cos;

/// <summary>A key pair for COS.</summary>
/// <param name="Token">Only temporary key pairs have one.</param>
/// <param name="Origin">Where it was found, for messages.</param>
internal sealed record CosCredential(string SecretId, string SecretKey, string? Token, string Origin)
{
    /// <summary>When a temporary key pair expires; null if unknown.</summary>
    public DateTimeOffset? Expires { get; init; }

    public override string ToString() => $"credential of {Origin}";
}
